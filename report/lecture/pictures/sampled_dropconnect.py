"""C12: DropConnect as its paper predicts with it, by how many samples are averaged."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import NullLocator

from contract.lecture_evidence import LectureEvidence
from report.lecture.pictures.group_pens import group_pen
from report.lecture.pictures.seed_marks import draw_column, marks_sentence, over_seeds
from report.pictures.picture import WIDTH_INCHES, Picture
from report.svg import INK


def sampled_picture(evidence: LectureEvidence) -> Picture:
    """Draw test accuracy and loss against the number of samples, the mean weights as a band."""
    figure = Figure(figsize=(WIDTH_INCHES, 2.9))
    panels = figure.subplots(1, 2)
    mean_weights = evidence.group("dropconnect")
    ks = [found.samples for found in evidence.sampled]
    accuracies = [[100 * a for a in found.test_accuracy] for found in evidence.sampled]
    _draw_panel(panels[0], ks, accuracies, [100 * a for a in mean_weights.test_accuracy])
    panels[0].set_title("test accuracy, %")
    losses = [found.test_loss for found in evidence.sampled]
    _draw_panel(panels[1], ks, losses, mean_weights.test_loss)
    panels[1].set_title("test loss, nats")
    figure.legend(*panels[0].get_legend_handles_labels(), loc="outside upper left", ncols=2)
    return Picture.of(
        figure,
        "sampled",
        "DropConnect: samples and mean weights",
        "The same networks predict in two ways: by the average over k samples of each layer's net "
        "inputs, and by the mean weights, once. The dashed line is the mean of the mean weights' "
        f"networks, the band its interval. {marks_sentence(len(mean_weights.seeds))}",
    )


def _draw_panel(
    axes: Axes,
    ks: Sequence[int],
    sampled: Sequence[Sequence[float]],
    by_mean_weights: Sequence[float],
) -> None:
    level = over_seeds(by_mean_weights, 1, "")
    if level.low is not None and level.high is not None:
        axes.axhspan(level.low, level.high, color=INK, alpha=0.1, linewidth=0)
    axes.axhline(level.point, color=INK, linewidth=1.0, linestyle="--", label="mean weights")
    pen = group_pen("dropconnect")
    means = [over_seeds(values, 1, "").point for values in sampled]
    axes.plot(ks, means, color=pen.colour, linewidth=1.4, label="k samples")
    for k, values in zip(ks, sampled, strict=True):
        draw_column(axes, k, values, pen.colour)
    axes.set_xscale("log")
    axes.set_xticks(ks, [f"{k:,}" for k in ks])
    axes.xaxis.set_minor_locator(NullLocator())
    axes.set_xlabel("samples k")
