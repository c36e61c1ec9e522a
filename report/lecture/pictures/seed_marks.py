"""Networks that differ by their seed: a dot each, their mean, its interval."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from matplotlib.axes import Axes

from stats.estimate import MINIMUM_UNITS, Estimate, t_estimate

_FAN = 0.26


def over_seeds(values: Sequence[float], factor: float, unit: str) -> Estimate:
    """Estimate the mean over seeds, in another unit of measure.

    Parameters
    ----------
    values : sequence of float
        One for each seed, in any order.
    factor : float
        `unit` per unit of the values.
    unit : str
        The estimate's unit of measure.
    """
    return t_estimate(factor * np.asarray(values), unit=unit)


def draw_row(axes: Axes, row: int, values: Sequence[float], colour: str) -> None:
    """Draw seeds in a row, fanned out so that none hides another; mean and interval among them."""
    fan = np.linspace(-_FAN, _FAN, len(values)) if len(values) > 1 else np.zeros(1)
    _draw_dots(axes, values, list(row + fan), colour)
    mean = over_seeds(values, 1, "")
    if mean.low is not None and mean.high is not None:
        axes.plot([mean.low, mean.high], [row, row], color=colour, linewidth=2.4)
    _draw_mean(axes, mean.point, row, colour)


def draw_column(axes: Axes, place: float, values: Sequence[float], colour: str) -> None:
    """Draw seeds above a place on the horizontal axis, with their mean and its interval."""
    _draw_dots(axes, [place] * len(values), values, colour)
    mean = over_seeds(values, 1, "")
    if mean.low is not None and mean.high is not None:
        axes.plot([place, place], [mean.low, mean.high], color=colour, linewidth=2.4)
    _draw_mean(axes, place, mean.point, colour)


def marks_sentence(seeds: int) -> str:
    """Say what the dots, the diamond and the bar are."""
    if seeds < MINIMUM_UNITS:
        return (
            "Each dot is the network of one seed, the diamond their mean; below "
            f"{MINIMUM_UNITS} seeds there is no interval."
        )
    return (
        "Each dot is the network of one seed, the diamond their mean, the bar its 95 % interval "
        f"over {seeds} seeds."
    )


def _draw_dots(axes: Axes, across: Sequence[float], up: Sequence[float], colour: str) -> None:
    axes.plot(across, up, "o", color=colour, markersize=3.2, alpha=0.5, markeredgewidth=0)


def _draw_mean(axes: Axes, across: float, up: float, colour: str) -> None:
    axes.plot([across], [up], "D", color=colour, markersize=5.5, markeredgewidth=0)
