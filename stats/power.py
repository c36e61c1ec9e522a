"""How much a campaign can see, and how much longer one it takes."""

from __future__ import annotations

import math

from scipy import special

from stats.estimate import MINIMUM_UNITS, Estimate, t_quantile


def unit_sd(estimate: Estimate) -> float | None:
    """Return the standard deviation between units that a t interval was made from.

    Parameters
    ----------
    estimate : Estimate
        From `stats.estimate.t_estimate`.

    Returns
    -------
    float or None
        In the estimate's unit of measure; None without an interval.
    """
    if estimate.half_width is None:
        return None
    count = estimate.replicates
    return estimate.half_width * math.sqrt(count) / t_quantile(estimate.level, count - 1)


def units_needed(sd: float, half_width: float, level: float = 0.95) -> int:
    """Return the smallest number of units whose t interval is expected to be that narrow.

    The smallest n with t(n-1) · sd / √n ≤ half_width. It takes the spread seen so far for
    the true one: advice for the next run, no rule for stopping this one (a plan that keeps
    its level is Stein's, 1945).

    Parameters
    ----------
    sd : float
        Standard deviation between units.
    half_width : float
        Wanted; positive, in the unit of measure of `sd`.
    level : float
        Confidence of the interval.

    Raises
    ------
    ValueError
        If the half-width is not positive.
    """
    if not half_width > 0:
        raise ValueError(f"no number of units gives a half-width of {half_width}")
    normal_quantile = float(special.ndtri((1 + level) / 2))
    # t exceeds the normal quantile, so the search begins at or below the answer.
    count = max(MINIMUM_UNITS, math.ceil((normal_quantile * sd / half_width) ** 2))
    while t_quantile(level, count - 1) * sd / math.sqrt(count) > half_width:
        count += 1
    return count


def minimum_detectable_effect(estimate: Estimate, power: float = 0.8) -> float | None:
    """Return the true difference that such a campaign detects with probability `power`.

    (t(n-1, (1+level)/2) + t(n-1, power)) · s / √n.

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
    sd = unit_sd(estimate)
    if sd is None:
        return None
    degrees = estimate.replicates - 1
    multiplier = t_quantile(estimate.level, degrees) + float(special.stdtrit(degrees, power))
    return multiplier * sd / math.sqrt(estimate.replicates)
