"""Groups of trained networks side by side: test accuracy and test loss of every seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure

from contract.lecture_evidence import LectureEvidence, TrainedGroup
from report.lecture.network_text import widths_text
from report.lecture.pictures.group_pens import group_pen
from report.lecture.pictures.seed_marks import draw_row, marks_sentence, over_seeds
from report.pictures.picture import WIDTH_INCHES, Picture
from report.rounding import count, with_interval


def group_picture(
    evidence: LectureEvidence, name: str, title: str, labels: Mapping[str, str]
) -> Picture:
    """Draw a panel for the accuracy and one for the loss, a row a group.

    Parameters
    ----------
    evidence : LectureEvidence
        With the groups.
    name, title : str
        Of the picture.
    labels : mapping of str to str
        For each group, in the order of the rows, what it is called here.
    """
    groups = [evidence.group(group) for group in labels]
    first = groups[0]
    figure = Figure(figsize=(WIDTH_INCHES, 0.3 + 2 * (0.72 + 0.27 * len(groups))))
    panels = figure.subplots(2)
    accuracies = [_percent(group.test_accuracy) for group in groups]
    losses = [group.test_loss for group in groups]
    _draw_panel(panels[0], groups, labels, accuracies, "%")
    panels[0].set_title("test accuracy, %")
    _draw_panel(panels[1], groups, labels, losses, "nats")
    panels[1].set_title("test loss, nats")
    return Picture.of(
        figure,
        name,
        title,
        f"Networks {widths_text(first.architecture)} after {count(first.epochs, 'epoch')}, in "
        f"evaluation mode. {marks_sentence(len(first.seeds))}",
    )


def _draw_panel(
    axes: Axes,
    groups: Sequence[TrainedGroup],
    labels: Mapping[str, str],
    measured: Sequence[Sequence[float]],
    unit: str,
) -> None:
    rows = range(len(groups))
    for row, group, values in zip(rows, groups, measured, strict=True):
        draw_row(axes, row, values, group_pen(group.name).colour)
    axes.set_ylim(len(groups) - 0.45, -0.55)
    axes.set_yticks(rows, list(labels.values()))
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)
    figures = axes.secondary_yaxis("right")
    figures.set_yticks(rows, [with_interval(over_seeds(values, 1, unit)) for values in measured])
    figures.tick_params(axis="y", length=0)
    figures.spines["right"].set_visible(False)


def _percent(shares: Sequence[float]) -> list[float]:
    return [100 * share for share in shares]
