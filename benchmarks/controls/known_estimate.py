"""Estimates at the level that known differences are held to."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from stats.estimate import Estimate, t_estimate

Floats = npt.NDArray[np.float64]

LEVEL = 0.999
US_PER_NS = 1e-3


def by_unit(by_start: Floats) -> Floats:
    """Average the two starts of each pair; shape (units,) from (starts,)."""
    return np.asarray(by_start.reshape(-1, 2).mean(axis=1), dtype=np.float64)


def ratio(units: Floats) -> Estimate:
    """Estimate a ratio from what each unit says."""
    return t_estimate(units, level=LEVEL, unit="ratio")


def microseconds(units_ns: Floats) -> Estimate:
    """Estimate a time in microseconds from the nanoseconds that each unit says."""
    return t_estimate(units_ns * US_PER_NS, level=LEVEL, unit="µs")
