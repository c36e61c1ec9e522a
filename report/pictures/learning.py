"""How the networks learned."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator

from contract.network_card import LearningCurve
from report.pictures.picture import WIDTH_INCHES, Picture
from report.svg import INK


def learning_picture(learning: Mapping[str, LearningCurve]) -> Picture:
    """Draw training and validation accuracy, a panel a network."""
    columns = 2 if len(learning) > 1 else 1
    rows = -(-len(learning) // columns)
    figure = Figure(figsize=(WIDTH_INCHES, 0.6 + 1.75 * rows))
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes in panels.flat[len(learning) :]:
        axes.set_visible(False)
    # The lowest of each column: with an odd number of networks they stand in two rows.
    lowest = panels.flat[max(0, len(learning) - columns) : len(learning)]
    for axes, (name, curve) in zip(panels.flat, learning.items(), strict=False):
        epochs = np.arange(1, len(curve.train_accuracy) + 1)
        for accuracy, label, dashes in (
            (curve.train_accuracy, "training", ":"),
            (curve.validation_accuracy, "validation", "-"),
        ):
            percent = 100 * np.array(accuracy)
            axes.plot(epochs, percent, label=label, color=INK, linestyle=dashes, linewidth=1.4)
        axes.set_title(name)
    for axes in panels[:, 0]:
        axes.set_ylabel("accuracy, %")
    for axes in lowest:
        axes.tick_params(labelbottom=True)
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    panels[0, 0].set_ylim(_floor(learning), 100.5)
    panels[0, 0].legend(loc="lower right")
    return Picture.of(
        figure,
        "learning",
        "Learning curves",
        "Accuracy after each epoch, in evaluation mode. The distance between the two lines is "
        "the overfitting that dropout is there to prevent.",
    )


def _floor(learning: Mapping[str, LearningCurve]) -> float:
    """Return the accuracy at which the axis begins: the first epochs may lie below it."""
    tails = [
        min((*curve.train_accuracy, *curve.validation_accuracy)[len(curve.train_accuracy) // 5 :])
        for curve in learning.values()
    ]
    return max(0.0, 100 * min(tails) - 5)
