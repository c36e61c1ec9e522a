"""Rounds to a figure: medians, ranges, ratios of what was measured in one round."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median
from typing import Self


@dataclass(frozen=True, slots=True)
class Spread:
    """Median, smallest and largest of a few rounds."""

    median: float
    low: float
    high: float

    @classmethod
    def of(cls, values: Sequence[float]) -> Self:
        """Summarise at least one value."""
        return cls(median(values), min(values), max(values))


def ratios(values: Sequence[float], references: Sequence[float]) -> list[float]:
    """Divide round by round; rounds that only one of them has are left out.

    Only ratios taken in one round mean anything where a machine's speed changes from
    minute to minute; so the ratio is taken first and the median afterwards.
    """
    return [value / reference for value, reference in zip(values, references, strict=False)]
