"""The ways that are not used, counted over the same campaigns."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from benchmarks.calibration.result import Rate, WrongWay
from benchmarks.calibration.right_ways import LEVEL
from stats.estimate import MINIMUM_UNITS, t_quantile

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

_RESAMPLES = 1000


def watched_t(campaigns: Floats, truth: float, most_units: int) -> WrongWay:
    """Look at a plain t interval after every unit; it misses if it ever does."""
    covered = np.ones(len(campaigns), dtype=np.bool_)
    for count in range(MINIMUM_UNITS, most_units + 1):
        units = campaigns[:, :count]
        reach = t_quantile(LEVEL, count - 1) * units.std(axis=1, ddof=1) / math.sqrt(count)
        covered &= np.abs(units.mean(axis=1) - truth) <= reach
    return WrongWay(
        name=f"t, looked at after every unit up to {most_units}", covered=Rate.of(covered)
    )


def percentile_bootstrap(
    campaigns: Floats, truth: float, units: int, rng: np.random.Generator
) -> WrongWay:
    """Take the percentiles of resampled means for the interval's ends.

    The resamples are the same for all campaigns, which are independent of one another all
    the same.
    """
    weights = rng.multinomial(units, np.full(units, 1 / units), size=_RESAMPLES) / units
    means = campaigns[:, :units] @ weights.T
    low, high = np.quantile(means, [(1 - LEVEL) / 2, (1 + LEVEL) / 2], axis=1)
    return WrongWay(
        name=f"percentile bootstrap of {units} units",
        covered=Rate.of((low <= truth) & (truth <= high)),
    )


def rounds_as_units(tables: Floats, truth: float) -> Flags:
    """Say which campaigns' interval from all rounds, taken for independent, holds the truth.

    Parameters
    ----------
    tables : float64 array, shape (campaigns, starts, rounds, 2)
        Times.
    truth : float
        A ratio.
    """
    differences = (tables[..., 1] - tables[..., 0]).reshape(len(tables), -1)
    level = tables[..., 0].mean(axis=(1, 2))
    count = differences.shape[1]
    reach = t_quantile(LEVEL, count - 1) * differences.std(axis=1, ddof=1) / math.sqrt(count)
    return np.asarray(np.abs(differences.mean(axis=1) - truth * level) <= reach)
