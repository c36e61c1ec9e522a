"""How much a campaign can see, and how much longer one it takes."""

from __future__ import annotations

import math

from scipy import special

from stats.estimate import MINIMUM_UNITS, Estimate, t_quantile


def unit_sd(estimate: Estimate) -> float | None:
    """Return the standard deviation between units that an interval was made from.

    It comes from the standard error, never from the width: intervals of several rules
    (`stats.interval.IntervalRule`) are of different widths for one and the same spread.

    Parameters
    ----------
    estimate : Estimate
        By any rule.

    Returns
    -------
    float or None
        In the estimate's unit of measure; None without an interval.
    """
    if estimate.standard_error is None:
        return None
    return estimate.standard_error * math.sqrt(estimate.replicates)


def look_alike_level(estimate: Estimate) -> float:
    """Return the level of the plain t interval that is as wide as this one.

    An interval that may be looked at more than once is wider than its level alone would
    make it; advice about further units has to reckon with the width that it will have.

    Parameters
    ----------
    estimate : Estimate
        By any rule; its own level is returned where nothing else can be told.
    """
    error, degrees = estimate.standard_error, estimate.degrees_of_freedom
    if not error or degrees is None or estimate.half_width is None:
        return estimate.level
    return 2 * float(special.stdtr(degrees, estimate.half_width / error)) - 1


def units_needed(sd: float, reach: float, level: float = 0.95, power: float = 0.5) -> int:
    """Return the smallest number of units with which an interval can be expected to reach.

    The smallest n with (t(n-1, (1+level)/2) + t(n-1, power)) · sd / √n ≤ reach. With a power
    of one half the second term is zero and `reach` is a half-width. It takes the spread seen
    so far for the true one: advice for the next run, no rule for stopping this one (a plan
    that keeps its level is Stein's, 1945).

    Parameters
    ----------
    sd : float
        Standard deviation between units.
    reach : float
        How far from the true value the interval's far end may lie; positive, in the unit of
        measure of `sd`.
    level : float
        Confidence of the interval.
    power : float
        Probability with which it does not lie further, 0.5 or more.

    Raises
    ------
    ValueError
        If the reach is not positive.
    """
    if not reach > 0:
        raise ValueError(f"no number of units gives an interval with a reach of {reach}")
    normal = float(special.ndtri((1 + level) / 2)) + float(special.ndtri(power))
    # t quantiles exceed the normal ones, so the search begins at or below the answer.
    count = max(MINIMUM_UNITS, math.ceil((normal * sd / reach) ** 2))
    while _multiplier(count, level, power) * sd / math.sqrt(count) > reach:
        count += 1
    return count


def minimum_detectable_effect(estimate: Estimate, power: float = 0.8) -> float | None:
    """Return the true difference that such a campaign detects with probability `power`.

    Half-width + t(df, power) · standard error: (t(n-1, (1+level)/2) + t(n-1, power)) · s / √n
    for a plain t interval.

    Parameters
    ----------
    estimate : Estimate
        Of a difference; "detects" means that its interval excludes zero.
    power : float
        Probability of detection.

    Returns
    -------
    float or None
        In the estimate's unit of measure; None without an interval.

    References
    ----------
    Bloom, "Minimum Detectable Effects: A Simple Way to Report the Statistical Power of
    Experimental Designs", Evaluation Review 19 (1995).
    """
    half_width, degrees = estimate.half_width, estimate.degrees_of_freedom
    if half_width is None or estimate.standard_error is None or degrees is None:
        return None
    return half_width + float(special.stdtrit(degrees, power)) * estimate.standard_error


def _multiplier(count: int, level: float, power: float) -> float:
    return t_quantile(level, count - 1) + float(special.stdtrit(count - 1, power))
