"""Where the spread between units comes from, and what other campaigns can expect of it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt
from scipy import special

from stats.estimate import checked_units, t_quantile

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class UnitSpread:
    """The standard deviation of a unit, in two parts whose squares add up.

    Attributes
    ----------
    within : float
        What a unit varies by because its starts measure for a limited time: longer starts
        lessen it.
    between : float
        What is left, such as memory layout: only more starts help. 0 where the starts vary no
        more than their limited time explains.
    units : int
        How many it was seen over.
    """

    within: float
    between: float
    units: int

    @classmethod
    def of(cls, by_unit: npt.ArrayLike, within_variance: float) -> Self:
        """Split what was seen.

        Parameters
        ----------
        by_unit : array_like, shape (units,)
            One value a unit; two or more.
        within_variance : float
            Variance of a unit's value that its starts themselves tell of (`variance_of_mean`).

        Raises
        ------
        ValueError
            If there are fewer than two units, or a value is not finite.

        References
        ----------
        Kalibera and Jones, "Rigorous Benchmarking in Reasonable Time", ISMM 2013, section 6:
        the unbiased estimator of the upper level's variance, cut off at zero.
        """
        units = checked_units(by_unit)
        if units.size < 2:
            raise ValueError("one unit has no spread")
        between = max(0.0, float(units.var(ddof=1)) - within_variance)
        return cls(math.sqrt(within_variance), math.sqrt(between), units.size)

    def sd(self, length: float = 1.0) -> float:
        """Return a unit's standard deviation if its starts are `length` times as long."""
        return math.hypot(self.within / math.sqrt(length), self.between)


@dataclass(frozen=True, slots=True)
class ExpectedHalfWidth:
    """The half-width that a campaign can expect.

    Attributes
    ----------
    typical : float
        If the spread is just what was seen.
    low, high : float
        Between these four times in five, for the spread that was seen and the one that the
        campaign is going to see are both known from few units.
    """

    typical: float
    low: float
    high: float


def expected_half_width(
    sd: float, seen_units: int, units: int, level: float = 0.95
) -> ExpectedHalfWidth:
    """Return the half-width t(n-1) · s / √n that a campaign of n units can expect.

    The ratio of two variances of one normal spread follows Fisher's F with n-1 and
    `seen_units` - 1 degrees of freedom; its 10th and 90th percentile bound the range.

    Parameters
    ----------
    sd : float
        Standard deviation between units that was seen, for starts of the campaign's length.
    seen_units : int
        How many units it was seen over; two or more.
    units : int
        Of the campaign; two or more.
    level : float
        Confidence of each of the campaign's intervals.
    """
    typical = t_quantile(level, units - 1) * sd / math.sqrt(units)
    low, high = (
        typical * math.sqrt(float(special.fdtri(units - 1, seen_units - 1, probability)))
        for probability in (0.1, 0.9)
    )
    return ExpectedHalfWidth(typical, low, high)


def variance_of_mean(batches: Floats) -> Floats:
    """Return the variance of a start's value, from what its batches say each.

    Batches of consecutive rounds keep what neighbouring rounds have in common, which the
    variance over single rounds would miss.

    Parameters
    ----------
    batches : float64 array, shape (batches, ...)
        The value of each batch; two or more of the same length.

    References
    ----------
    Conway, "Some Tactical Problems in Digital Simulation", Management Science 10 (1963):
    the method of batch means.
    """
    return np.asarray(batches.var(axis=0, ddof=1) / len(batches), dtype=np.float64)
