"""C10: how the network learned without dropout and with it."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from contract.lecture_evidence import LectureEvidence
from contract.network_card import LearningCurve
from report.lecture.network_text import drop_text
from report.pictures.picture import WIDTH_INCHES, Picture
from report.rounding import number
from report.svg import INK
from report.wording import MINUS

# What the notebook printed stands behind the last epoch: a marker a split, so far behind it.
_PRINTED = (("training", "^", 1.03), ("validation", "o", 1.08), ("test", "s", 1.13))
_PRINTED_COLOUR = "#b05fb5"
_NAMES = ("none", "inverted")


def learning_picture(evidence: LectureEvidence) -> Picture:
    """Draw loss and accuracy by epoch, a column for each of the lecture's two networks."""
    figure = Figure(figsize=(WIDTH_INCHES, 4.3))
    panels = figure.subplots(2, 2, sharex=True, sharey="row")
    curves = [evidence.curves[name] for name in _NAMES]
    for column, (name, curve) in enumerate(zip(_NAMES, curves, strict=True)):
        _draw_splits(panels[0, column], curve.train_loss, curve.validation_loss)
        _draw_splits(
            panels[1, column], _percent(curve.train_accuracy), _percent(curve.validation_accuracy)
        )
        _mark_printed(panels[1, column], evidence, name)
        panels[1, column].set_title(_gap_title(curve))
        panels[1, column].set_xlabel("epoch")
        panels[1, column].xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    panels[0, 0].set_title("without dropout")
    panels[0, 1].set_title(f"dropout, {drop_text(evidence.group('inverted').architecture)}")
    panels[0, 0].set_ylabel("loss, nats")
    panels[1, 0].set_ylabel("accuracy, %")
    panels[0, 0].set_ylim(0, _highest_loss(curves))
    panels[1, 0].set_ylim(_lowest_percent(curves), 100.4)
    # On the right, where no loss rises again.
    panels[0, 1].legend(loc="upper right")
    if evidence.notebook:
        panels[1, 0].legend(handles=panels[1, 0].lines[2:], loc="lower right")
    return Picture.of(
        figure, "learning", "Learning curves of the lecture's network", _told(evidence)
    )


def _draw_splits(axes: Axes, train: Iterable[float], validation: Iterable[float]) -> None:
    for values, label, dashes in ((train, "training", ":"), (validation, "validation", "-")):
        after = list(values)
        epochs = np.arange(1, len(after) + 1)
        axes.plot(epochs, after, label=label, color=INK, linestyle=dashes, linewidth=1.4)


def _mark_printed(axes: Axes, evidence: LectureEvidence, name: str) -> None:
    for network in evidence.notebook:
        if network.name != name:
            continue
        for (split, marker, behind), printed in zip(_PRINTED, network.printed_final, strict=True):
            axes.plot(
                [behind * network.epochs],
                [100 * printed],
                marker,
                label=f"notebook, {split}",
                color=_PRINTED_COLOUR,
                markerfacecolor="none",
                markersize=5,
            )


def _gap_title(curve: LearningCurve) -> str:
    points = 100 * (curve.train_accuracy[-1] - curve.validation_accuracy[-1])
    return f"gap at the end: {number(points, 2)} points"


def _told(evidence: LectureEvidence) -> str:
    seed = evidence.group("none").seeds[0]
    told = (
        f"Loss and accuracy after each epoch, in evaluation mode, seed {seed}; the gap is training "
        f"{MINUS} validation accuracy."
    )
    if not evidence.notebook:
        return told
    return (
        f"{told} Marks behind the last epoch are the accuracies that the lecture's notebook "
        "printed at its end."
    )


def _percent(shares: Iterable[float]) -> list[float]:
    return [100 * share for share in shares]


def _highest_loss(curves: Iterable[LearningCurve]) -> float:
    """Return where the axis of the loss ends: the first epochs may lie above it."""
    return 1.15 * max(
        loss
        for curve in curves
        for losses in (curve.train_loss, curve.validation_loss)
        for loss in losses[len(losses) // 10 :]
    )


def _lowest_percent(curves: Iterable[LearningCurve]) -> float:
    """Return where the axis of the accuracy begins: the first epochs may lie below it."""
    lowest = min(
        share
        for curve in curves
        for shares in (curve.train_accuracy, curve.validation_accuracy)
        for share in shares[len(shares) // 10 :]
    )
    return max(0.0, 100 * lowest - 1)
