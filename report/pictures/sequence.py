"""The verdict's contrast as it narrowed, unit by unit."""

from __future__ import annotations

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.patches import Polygon
from matplotlib.ticker import MaxNLocator

from contract.measurement_plan import ENDPOINT_NAMES
from report.pictures.palette import pen_of
from report.pictures.picture import WIDTH_INCHES, Picture
from report.result import Result
from report.rounding import percent
from report.svg import INK
from stats.estimate import MINIMUM_UNITS

# How far behind the last unit the final interval stands.
_PLACES_AFTER = 1.2


def sequence_picture(result: Result) -> Picture | None:
    """Draw units, confidence sequence, margin and the final interval; None without units."""
    primary = result.instrument(result.experiment.endpoint)
    if primary is None:
        return None
    facts = result.experiment
    colour = pen_of(facts.contrast, facts.arms.index(facts.contrast)).colour
    by_unit = 100 * np.array(primary.difference(facts.contrast).relative_by_unit)
    figure = Figure(figsize=(WIDTH_INCHES, 2.9))
    axes = figure.subplots()
    margin = 100 * facts.margin
    axes.axhspan(-margin, margin, color=INK, alpha=0.08, linewidth=0)
    axes.axhline(0, color=INK, linewidth=0.8)
    units = np.arange(1, by_unit.size + 1)
    axes.plot(units, by_unit, "o", color=colour, markersize=3.2, alpha=0.5, markeredgewidth=0)
    _draw_sequence(axes, result, colour)
    _draw_final(axes, result, by_unit.size, colour)
    _mark_units(axes, by_unit.size)
    axes.set_xlabel("units of the served campaign")
    axes.set_ylabel(f"{ENDPOINT_NAMES[facts.endpoint]}, %")
    return Picture.of(
        figure,
        "sequence",
        "How the verdict's interval narrowed",
        f"The arm {facts.contrast} against {facts.arms[0]} in {ENDPOINT_NAMES[facts.endpoint]}. "
        f"Dots are units, in the order of time. {_on_the_band(result)} The shaded field is the "
        "margin, in which a difference does not matter.",
    )


def _mark_units(axes: Axes, units: int) -> None:
    """Label the units, and the place of the final interval after them."""
    steps = MaxNLocator(nbins=8, integer=True).tick_values(1, units)
    marked = [int(step) for step in steps if 1 <= step <= units]
    axes.set_xlim(0.5, units + _PLACES_AFTER + 0.6)
    axes.set_xticks([*marked, units + _PLACES_AFTER], [*map(str, marked), "final"])


def _draw_sequence(axes: Axes, result: Result, colour: str) -> None:
    points = result.sequence
    axes.plot(
        [found.units for found in points],
        [100 * found.point for found in points],
        color=colour,
        linewidth=1.2,
    )
    bounded = [
        (found.units, 100 * found.low, 100 * found.high)
        for found in points
        if found.low is not None and found.high is not None
    ]
    for units, low, high in bounded:
        axes.plot([units, units], [low, high], color=colour, linewidth=1.0)
    below = [(units, low) for units, low, _ in bounded]
    above = [(units, high) for units, _, high in reversed(bounded)]
    if bounded:
        axes.add_patch(Polygon([*below, *above], color=colour, alpha=0.18, linewidth=0))


def _draw_final(axes: Axes, result: Result, units: int, colour: str) -> None:
    final = result.verdict.estimate
    if final is None:
        return
    place = units + _PLACES_AFTER
    if final.low is not None and final.high is not None:
        axes.plot([place, place], [100 * final.low, 100 * final.high], color=colour, linewidth=3)
    axes.plot([place], [100 * final.point], "D", color=colour, markersize=5.5, markeredgewidth=0)
    axes.set_title(f"final: {percent(final)}")


def _on_the_band(result: Result) -> str:
    if not result.sequence:
        return f"Below {MINIMUM_UNITS} units there is no interval."
    return (
        "The band is the confidence sequence, which holds however often one looks; the bar at the "
        "right is the final interval, by the rule that the campaign's plan allows."
    )
