"""The report's pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, LogLocator, MaxNLocator, NullFormatter

from contract.card import LearningCurve
from report.picture_data import PictureData, QuantileCurves
from report.result import Difference, InstrumentResult, Result
from report.rounding import with_interval
from report.svg import INK, drawing_style, inline_svg
from report.wording import INSTRUMENT_NAMES, STATISTIC_NAMES
from stats.distribution import Histogram

_WIDTH_INCHES = 5.0

# Okabe and Ito's palette, which people with colour-blindness tell apart, a little lighter so
# that it stands on a light page and on a dark one. Dashes say the same again.
_COLOURS = ("#2b83c6", "#dd6b20", "#16a37a", "#8c8c8c", "#b05fb5", "#c9a227", "#56a8d8", "#7a6a58")
_DASHES = ("-", "--", "-.", ":")
_PERCENTILES = (0.0, 0.5, 0.9, 0.99, 0.999, 0.9999)


@dataclass(frozen=True, slots=True)
class Picture:
    """One figure of the page.

    Attributes
    ----------
    name : str
        Its id.
    title : str
        What it shows.
    caption : str
        How to read it.
    svg : str
        The drawing.
    """

    name: str
    title: str
    caption: str
    svg: str


def pictures_of(result: Result, data: PictureData) -> tuple[Picture, ...]:
    """Draw everything there is data for."""
    drawn = []
    with drawing_style():
        if data.client is not None:
            drawn.append(_client_picture(data.arms, data.client))
        drawn.append(_difference_picture(result))
        if data.in_process is not None:
            drawn.append(_in_process_picture(data.arms, data.in_process))
        if data.learning:
            drawn.append(_learning_picture(data.learning))
    return tuple(drawn)


def _picture(figure: Figure, name: str, title: str, caption: str) -> Picture:
    return Picture(name, title, caption, inline_svg(figure, name, title, caption))


def _client_picture(arms: Sequence[str], curves: QuantileCurves) -> Picture:
    figure = Figure(figsize=(_WIDTH_INCHES, 3.1))
    axes = figure.subplots()
    beyond = -np.log10(1 - curves.probabilities)
    for index, arm in enumerate(arms):
        # The reference is a broad band beneath: where it shows on both sides of a line, that
        # arm lies on it.
        (line,) = axes.plot(beyond, curves.latencies_us[index], label=arm, linewidth=1.4)
        line.set(color=_colour(index), linestyle=_dashes(index))
        if index == 0:
            line.set(linewidth=5.0, alpha=0.5)
    axes.set_yscale("log")
    _plain_log_ticks(axes)
    shown = [p for p in _PERCENTILES if p <= curves.probabilities[-1] + 1e-9]
    axes.xaxis.set_major_locator(FixedLocator([-float(np.log10(1 - p)) for p in shown]))
    axes.xaxis.set_major_formatter(FuncFormatter(lambda x, _: f"{100 * (1 - 10**-x):.4g} %"))
    axes.set_xlabel("share of requests that were faster")
    axes.set_ylabel("client latency, µs")
    axes.legend(loc="upper left")
    return _picture(
        figure,
        "client-latency",
        "Client latency of each arm",
        "Latency against the share of requests that were faster, all used starts together; both "
        "scales widen the tail. Where the curves coincide a difference cannot be seen in "
        "distributions, only in pairs.",
    )


def _difference_picture(result: Result) -> Picture:
    instruments = result.instruments
    arms = result.experiment.arms[1:]
    height = 0.55 + len(instruments) * (0.72 + 0.27 * len(arms))
    figure = Figure(figsize=(_WIDTH_INCHES, height))
    panels = figure.subplots(len(instruments), squeeze=False)[:, 0]
    for axes, measured in zip(panels, instruments, strict=True):
        _draw_differences(axes, measured, arms, result)
    return _picture(
        figure,
        "differences",
        f"Differences from {result.experiment.arms[0]}",
        f"Each dot is one unit (two starts); the bar is the {100 * result.experiment.level:g} % "
        "interval of their mean. The shaded band is the noise floor: the interval of the A/A "
        f"control ({result.experiment.control}), the reference against itself. In CPU per request "
        "the dotted lines mark the margin of the verdict.",
    )


def _draw_differences(
    axes: Axes, measured: InstrumentResult, arms: Sequence[str], result: Result
) -> None:
    floor = measured.noise_floor
    if floor.low is not None and floor.high is not None:
        axes.axvspan(floor.low, floor.high, color=INK, alpha=0.1, linewidth=0)
    axes.axvline(0, color=INK, linewidth=0.8)
    found = [measured.difference(arm) for arm in arms]
    for row, difference in enumerate(found):
        _draw_difference(axes, row, difference, _colour(row + 1))
    if measured.instrument == "cpu_per_request":
        margin_us = result.experiment.margin * found[0].reference_level.point
        for edge in (-margin_us, margin_us):
            axes.axvline(edge, color=INK, linewidth=0.8, linestyle=":")
    axes.set_ylim(len(arms) - 0.45, -0.55)
    axes.set_yticks(range(len(arms)), arms)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    axes.spines["left"].set_visible(False)
    values = axes.secondary_yaxis("right")
    values.set_yticks(
        range(len(arms)), [with_interval(found[row].absolute) for row in range(len(arms))]
    )
    values.tick_params(axis="y", length=0)
    values.spines["right"].set_visible(False)
    axes.set_title(
        f"{INSTRUMENT_NAMES[measured.instrument]}, {STATISTIC_NAMES[measured.headline]}, µs"
    )


def _draw_difference(axes: Axes, row: int, difference: Difference, colour: str) -> None:
    units = difference.absolute_by_unit_us
    # Dots fan out by their order in time, so that none hides another.
    spread = np.linspace(-0.26, 0.26, len(units)) if len(units) > 1 else np.zeros(1)
    axes.plot(units, row + spread, "o", color=colour, markersize=3.2, alpha=0.5, markeredgewidth=0)
    estimate = difference.absolute
    if estimate.low is not None and estimate.high is not None:
        axes.plot([estimate.low, estimate.high], [row, row], color=colour, linewidth=2.4)
    axes.plot([estimate.point], [row], "D", color=colour, markersize=5.5, markeredgewidth=0)


def _in_process_picture(arms: Sequence[str], histogram: Histogram) -> Picture:
    figure = Figure(figsize=(_WIDTH_INCHES, 2.7))
    axes = figure.subplots()
    for index, arm in enumerate(arms):
        axes.stairs(
            histogram.densities[index],
            histogram.edges,
            label=arm,
            linewidth=1.4,
            color=_colour(index),
            linestyle=_dashes(index),
        )
    axes.set_xlim(histogram.edges[0], histogram.edges[-1])
    axes.set_xlabel("one inference in process, µs")
    axes.set_ylabel("density, 1/µs")
    axes.legend(loc="upper right")
    return _picture(
        figure,
        "in-process",
        "Inference time in process",
        "Density of the inference times of all used processes together. Up to 3 % of the times of "
        "an arm lie beyond the right edge; they are in every estimate.",
    )


def _learning_picture(learning: Mapping[str, LearningCurve]) -> Picture:
    columns = 2 if len(learning) > 1 else 1
    rows = -(-len(learning) // columns)
    figure = Figure(figsize=(_WIDTH_INCHES, 0.6 + 1.75 * rows))
    panels = figure.subplots(rows, columns, sharex=True, sharey=True, squeeze=False)
    for axes in panels.flat[len(learning) :]:
        axes.set_visible(False)
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
    for axes in panels[-1]:
        axes.set_xlabel("epoch")
        axes.xaxis.set_major_locator(MaxNLocator(nbins=5, integer=True))
    panels[0, 0].set_ylim(_learning_floor(learning), 100.5)
    panels[0, 0].legend(loc="lower right")
    return _picture(
        figure,
        "learning",
        "Learning curves",
        "Accuracy after each epoch, in evaluation mode. The distance between the two lines is "
        "the overfitting that dropout is there to prevent.",
    )


def _learning_floor(learning: Mapping[str, LearningCurve]) -> float:
    """Return the accuracy at which the axis begins: the first epochs may lie below it."""
    tails = [
        min((*curve.train_accuracy, *curve.validation_accuracy)[len(curve.train_accuracy) // 5 :])
        for curve in learning.values()
    ]
    return max(0.0, 100 * min(tails) - 5)


def _colour(index: int) -> str:
    return _COLOURS[index % len(_COLOURS)]


def _dashes(index: int) -> str:
    return _DASHES[index % len(_DASHES)]


def _plain_log_ticks(axes: Axes) -> None:
    """Label a logarithmic axis with plain numbers, also where it spans less than a decade."""
    axes.yaxis.set_major_locator(LogLocator(subs=(1.0, 1.5, 2.0, 3.0, 5.0, 7.0)))
    axes.yaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))
    axes.yaxis.set_minor_formatter(NullFormatter())
