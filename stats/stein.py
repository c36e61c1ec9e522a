"""A half-width that was fixed beforehand: Stein's two stages.

A pilot says how many units a target takes; a plain t interval over all of them then misses
more often than it says, because a pilot whose spread is small by chance also ends early.
Stein keeps the spread and the degrees of freedom of the first stage, which do not depend on
the mean of all units, and so keeps the level exactly for normal units, whatever their spread.
"""

from __future__ import annotations

import math

import numpy.typing as npt

from stats.estimate import (
    MINIMUM_UNITS,
    Estimate,
    around,
    checked_units,
    t_estimate,
    t_quantile,
)


def stein_units(first_stage: npt.ArrayLike, half_width: float, level: float = 0.95) -> int:
    """Return how many units there have to be in all, those of the first stage included.

    max(n₀, ⌈(t(n₀-1, (1+level)/2) · s₀ / h)²⌉).

    Parameters
    ----------
    first_stage : array_like, shape (n₀,)
        One value a unit.
    half_width : float
        The target h, in the values' unit of measure.
    level : float
        Confidence of the interval.

    Raises
    ------
    ValueError
        If there are fewer than ``MINIMUM_UNITS`` values, or the target is not positive.

    References
    ----------
    Stein, "A Two-Sample Test for a Linear Hypothesis Whose Power is Independent of the
    Variance", Annals of Mathematical Statistics 16 (1945).
    """
    units = checked_units(first_stage)
    if units.size < MINIMUM_UNITS:
        raise ValueError(f"the first stage has {units.size} units, not {MINIMUM_UNITS} or more")
    if not half_width > 0:
        raise ValueError(f"no number of units gives a half-width of {half_width}")
    sd = float(units.std(ddof=1))
    reach = t_quantile(level, units.size - 1) * sd / half_width
    return max(units.size, math.ceil(reach**2))


def stein_estimate(
    values: npt.ArrayLike, first_stage: int, *, level: float = 0.95, unit: str
) -> Estimate:
    """Estimate a mean: mean of all n units ± t(n₀-1) · s₀ / √n.

    Parameters
    ----------
    values : array_like, shape (units,)
        One value a unit, in the order of time.
    first_stage : int
        n₀, how many of them decided on the number of all. A campaign that was cut short
        within its first stage gets a plain t interval.
    level : float
        Confidence of the interval.
    unit : str
        Unit of measure of the values.

    Raises
    ------
    ValueError
        If there is no value, or one that is not finite.

    References
    ----------
    See `stein_units`.
    """
    units = checked_units(values)
    first = t_estimate(units[:first_stage], level=level, unit=unit)
    if first.standard_error is None or first.degrees_of_freedom is None:
        return t_estimate(units, level=level, unit=unit)
    # The standard error of n units from the spread of the first n₀.
    standard_error = first.standard_error * math.sqrt(first.replicates / units.size)
    return around(
        float(units.mean()),
        t_quantile(level, first.degrees_of_freedom) * standard_error,
        standard_error=standard_error,
        degrees_of_freedom=first.degrees_of_freedom,
        level=level,
        unit=unit,
        replicates=units.size,
    )
