"""Every unit's difference, with intervals, noise floor and margin."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from contract.measurement_plan import ENDPOINT_NAMES
from report.arm_groups import verdict_arms
from report.intervals import SIDE_INSTRUMENTS
from report.pictures.palette import pen_of
from report.pictures.picture import WIDTH_INCHES, Picture
from report.result import Difference, InstrumentResult, Result
from report.rounding import with_interval
from report.svg import INK
from report.wording import INSTRUMENT_NAMES, STATISTIC_NAMES


def difference_picture(result: Result) -> Picture | None:
    """Draw a panel an instrument: the arms that the verdict and its controls are about.

    None where only campaigns beside the verdict's were measured.

    Arms with more scalings have a picture of their own; beside them, and beside a model that
    only copies, differences of a few per cent would be points on the zero line.
    """
    facts = result.experiment
    # The dose-response campaign has a picture of its own, the one of DropConnect a table.
    instruments = [
        found for found in result.instruments if found.instrument not in SIDE_INSTRUMENTS
    ]
    if not instruments:
        return None
    arms = verdict_arms(result)
    height = 0.55 + len(instruments) * (0.72 + 0.27 * len(arms))
    figure = Figure(figsize=(WIDTH_INCHES, height))
    panels = figure.subplots(len(instruments), squeeze=False)[:, 0]
    for axes, measured in zip(panels, instruments, strict=True):
        shown = [arm for arm in arms if arm in measured.arms]
        _draw_panel(axes, measured, shown, result)
    return Picture.of(
        figure,
        "differences",
        f"Differences from {facts.arms[0]}",
        f"Each dot is one unit (two starts); the bar is the {100 * facts.level:g} % interval of "
        "their mean. The shaded band is the noise floor: the interval of the A/A control "
        f"({facts.control}), the reference against itself. In {ENDPOINT_NAMES[facts.endpoint]} the "
        "dotted lines mark the margin of the verdict.",
    )


def _draw_panel(
    axes: Axes, measured: InstrumentResult, arms: Sequence[str], result: Result
) -> None:
    floor = measured.noise_floor
    if floor is not None and floor.low is not None and floor.high is not None:
        axes.axvspan(floor.low, floor.high, color=INK, alpha=0.1, linewidth=0)
    axes.axvline(0, color=INK, linewidth=0.8)
    found = [measured.difference(arm) for arm in arms]
    for row, difference in enumerate(found):
        colour = pen_of(difference.arm, result.experiment.arms.index(difference.arm)).colour
        _draw_difference(axes, row, difference, colour)
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
