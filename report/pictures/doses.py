"""Cost against the number of scalings."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from report.pictures.palette import pen_of
from report.pictures.picture import WIDTH_INCHES, Picture
from report.result import DoseResponseFacts, Result
from report.rounding import with_interval
from report.svg import INK
from report.wording import INSTRUMENT_NAMES


def dose_picture(result: Result) -> Picture | None:
    """Draw the dose-response, a panel an instrument; None where no series was measured."""
    series = result.dose_responses
    if not series:
        return None
    figure = Figure(figsize=(WIDTH_INCHES, 2.9))
    panels = figure.subplots(1, len(series), squeeze=False)[0]
    for axes, found in zip(panels, series, strict=True):
        _draw_panel(axes, found)
    panels[0].set_ylabel(f"more than {result.experiment.arms[0]}, µs")
    return Picture.of(
        figure,
        "doses",
        "What one more scaling costs",
        "The same function with more and more multiplications: the mean difference from "
        f"{result.experiment.arms[0]} against their number, with {100 * result.experiment.level:g} "
        f"% intervals. The line's slope is the marginal cost of one more scaling. {_where(series)}",
    )


def _draw_panel(axes: Axes, found: DoseResponseFacts) -> None:
    slope, intercept = found.slope, found.intercept
    reach = np.array([0.0, found.scalings[-1] * 1.05])
    axes.plot(reach, intercept.point + slope.point * reach, color=INK, linewidth=0.9, alpha=0.6)
    for place, (arm, scalings, size) in enumerate(
        zip(found.arms, found.scalings, found.differences, strict=True)
    ):
        colour = pen_of(arm, place).colour
        if size.low is not None and size.high is not None:
            axes.plot([scalings, scalings], [size.low, size.high], color=colour, linewidth=2.4)
        axes.plot([scalings], [size.point], "D", color=colour, markersize=5, markeredgewidth=0)
    axes.set_xlim(0, reach[1])
    axes.set_ylim(min(0.0, *axes.get_ylim()), axes.get_ylim()[1])
    axes.set_xticks([0, *found.scalings])
    axes.set_xlabel("scalings at each prediction")
    axes.set_title(_title(found))


def _title(found: DoseResponseFacts) -> str:
    place = "Served: CPU per request" if found.instrument == "doses_cpu" else "In process"
    return f"{place}\n{with_interval(found.slope)} a scaling\n{with_interval(found.intercept)} at 0"


def _where(series: Sequence[DoseResponseFacts]) -> str:
    if len(series) > 1:
        return "The scales of the panels differ."
    return f"{INSTRUMENT_NAMES[series[0].instrument]} only: the other place was not measured."
