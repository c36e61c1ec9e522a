"""The verdict's contrast as it narrowed, unit by unit."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np

from report.result_part import ResultPart
from stats.confidence_sequence import sequence_half_widths
from stats.estimate import MINIMUM_UNITS


class SequencePoint(ResultPart):
    """The verdict's contrast as a live display shows it after so many units, as ratios.

    The interval holds at all times together: anyone may stop at any of them.
    """

    units: int
    point: float
    low: float | None
    high: float | None


def sequence_points(by_unit: Sequence[float], level: float) -> tuple[SequencePoint, ...]:
    """Return the confidence sequence from the first unit count on that has an interval.

    Parameters
    ----------
    by_unit : sequence of float
        The primary endpoint of each unit, in the order of time; may be empty.
    level : float
        Confidence that no interval excludes the truth.
    """
    if len(by_unit) < MINIMUM_UNITS:
        return ()
    points = np.cumsum(by_unit) / np.arange(1, len(by_unit) + 1)
    half_widths = sequence_half_widths(by_unit, level)
    return tuple(
        _point(units, float(points[units - 1]), float(half_widths[units - 1]))
        for units in range(MINIMUM_UNITS, len(by_unit) + 1)
    )


def _point(units: int, point: float, half_width: float) -> SequencePoint:
    if math.isinf(half_width):
        return SequencePoint(units=units, point=point, low=None, high=None)
    return SequencePoint(units=units, point=point, low=point - half_width, high=point + half_width)
