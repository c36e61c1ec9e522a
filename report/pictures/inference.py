"""Inference time in process: the distribution."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.figure import Figure

from report.pictures.palette import pen_of
from report.pictures.picture import WIDTH_INCHES, Picture
from stats.distribution import Histogram


def inference_picture(arms: Sequence[str], histogram: Histogram) -> Picture:
    """Draw the density of inference times, a line an arm."""
    figure = Figure(figsize=(WIDTH_INCHES, 3.1))
    axes = figure.subplots()
    for index, arm in enumerate(arms):
        pen = pen_of(arm, index)
        axes.stairs(
            histogram.densities[index],
            histogram.edges,
            label=arm,
            linewidth=1.4,
            color=pen.colour,
            linestyle=pen.dashes,
        )
    axes.set_xlim(histogram.edges[0], histogram.edges[-1])
    axes.set_xlabel("one inference in process, µs")
    axes.set_ylabel("density, 1/µs")
    # Above the axes: arms with many scalings lie all over them.
    figure.legend(loc="outside upper left", ncols=4)
    return Picture.of(
        figure,
        "in-process",
        "Inference time in process",
        "Density of the inference times of all used processes together. Up to 3 % of the times of "
        "an arm lie beyond the right edge; they are in every estimate.",
    )
