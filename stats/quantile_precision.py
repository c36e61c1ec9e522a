"""What a quantile of requests can claim: requests come in clusters and count for fewer.

A slow moment slows many requests, so a thousand requests say less about a quantile than a
thousand independent ones. The design effect is by how much.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
from scipy import special

Floats = npt.NDArray[np.float64]

_SMALLEST_NUMBER_OF_CLUSTERS = 2
# So that what is rounded up in one function is enough in the other: the last bit of a product
# or quotient decides otherwise.
_SLACK = 1 + 1e-12


def design_effect(exceedances: npt.ArrayLike, sizes: npt.ArrayLike) -> float | None:
    """Return how many requests say as much about a quantile as one independent request.

    The variance between clusters of the share of requests beyond the quantile, by the ratio
    estimator for clusters of unequal size, over the variance that independent requests would
    have: K/(K-1) · Σ(yₖ - p·nₖ)² / (p·(1-p)·Σnₖ), with p = Σyₖ / Σnₖ.

    Never below 1. Where the clusters' shares agree by chance better than independent ones
    would, the data would otherwise claim to hold more requests than were sent; and no
    mechanism makes the slow requests of a server spread out evenly between its starts.

    Parameters
    ----------
    exceedances : array_like of int, shape (clusters,)
        Requests of each cluster beyond one and the same latency.
    sizes : array_like of int, shape (clusters,)
        Requests of each cluster.

    Returns
    -------
    float or None
        None where it cannot be told: one cluster, or none or all of the requests beyond.

    Raises
    ------
    ValueError
        If the two do not fit together.

    References
    ----------
    Kish, "Survey Sampling" (1965), chapters 6 and 8.2. Cochran, "Sampling Techniques" (1977),
    equation 6.9.
    """
    beyond = np.asarray(exceedances, dtype=np.float64)
    counts = np.asarray(sizes, dtype=np.float64)
    if beyond.ndim != 1 or beyond.shape != counts.shape or ((beyond < 0) | (beyond > counts)).any():
        raise ValueError("each cluster has a size and at most as many requests beyond a latency")
    clusters, requests = beyond.size, counts.sum()
    share = beyond.sum() / requests if requests else 0.0
    if clusters < _SMALLEST_NUMBER_OF_CLUSTERS or not 0 < share < 1:
        return None
    between = clusters / (clusters - 1) * ((beyond - share * counts) ** 2).sum()
    return max(1.0, float(between / (share * (1 - share) * requests)))


def effective_size(count: int, design_effect: float) -> int:
    """Return how many independent requests say as much as so many clustered ones.

    Raises
    ------
    ValueError
        If the design effect is below 1.
    """
    if not design_effect >= 1:
        raise ValueError(f"a design effect is 1 or more, not {design_effect}")
    return int(count / design_effect * _SLACK)


def queries_needed(probability: float, design_effect: float = 1.0, level: float = 0.95) -> int:
    """Return the fewest requests with which a two-sided interval for a quantile exists.

    The interval from the smallest to the largest of n values is the widest there is. It lies
    beside the quantile on one given side with the probability p^n or (1-p)^n, of which neither
    may exceed (1 - level)/2: 368 for the 99 % quantile at 95 %.

    Parameters
    ----------
    probability : float
        Which quantile, between 0 and 1.
    design_effect : float
        Requests for one independent request.
    level : float
        Confidence of the interval.

    Raises
    ------
    ValueError
        If the quantile is no inner one, or the design effect is below 1.
    """
    if not design_effect >= 1:
        raise ValueError(f"a design effect is 1 or more, not {design_effect}")
    return math.ceil(_independent_needed(probability, level) * design_effect / _SLACK)


def interval_ranks(
    count: int, probability: float, *, design_effect: float = 1.0, level: float = 0.95
) -> tuple[int, int] | None:
    """Return the order statistics between which a quantile lies.

    Of m independent values the number at or below the quantile is binomial (m, p). The lower
    rank l is the largest with P(fewer than l) ≤ (1 - level)/2, the upper u the smallest with
    P(u or more) ≤ (1 - level)/2.

    Parameters
    ----------
    count : int
        Requests.
    probability : float
        Which quantile, between 0 and 1.
    design_effect : float
        Requests for one independent request: m = count / design_effect. A rank of the
        m then stands for so many ranks of the requests, of which the outer one is taken.
    level : float
        Confidence of the interval.

    Returns
    -------
    tuple of int or None
        Ranks from 1 to `count`, ascending; None below `queries_needed`.

    Raises
    ------
    ValueError
        If the quantile is no inner one, or the design effect is below 1.

    References
    ----------
    Conover, "Practical Nonparametric Statistics", chapter 3.2. Le Boudec, "Performance
    Evaluation of Computer and Communication Systems" (2010), theorem 2.1.
    """
    effective = effective_size(count, design_effect)
    if effective < _independent_needed(probability, level):
        return None
    at_or_below = special.bdtr(np.arange(effective), effective, probability)
    tail = (1 - level) / 2
    low = int(np.searchsorted(at_or_below, tail, side="right"))
    high = int(np.searchsorted(at_or_below, 1 - tail, side="left")) + 1
    ranks_each = count / effective
    return int((low - 1) * ranks_each) + 1, min(count, math.ceil(high * ranks_each))


def quantile_interval(
    values: npt.ArrayLike, probability: float, *, design_effect: float = 1.0, level: float = 0.95
) -> tuple[float, float] | None:
    """Return a two-sided interval for a quantile, between two of the values.

    Parameters
    ----------
    values : array_like, shape (requests,)
        In any order and unit.
    probability : float
        Which quantile, between 0 and 1.
    design_effect : float
        Requests for one independent request.
    level : float
        Confidence of the interval, whatever the values' distribution.

    Returns
    -------
    tuple of float or None
        In the values' unit; None where there are fewer than `queries_needed`.

    Raises
    ------
    ValueError
        If the quantile is no inner one, or the design effect is below 1.
    """
    ascending = np.sort(np.asarray(values, dtype=np.float64))
    ranks = interval_ranks(ascending.size, probability, design_effect=design_effect, level=level)
    if ranks is None:
        return None
    return float(ascending[ranks[0] - 1]), float(ascending[ranks[1] - 1])


def _independent_needed(probability: float, level: float) -> int:
    if not 0 < probability < 1:
        raise ValueError(f"a quantile with an interval lies between 0 and 1, unlike {probability}")
    return math.ceil(math.log((1 - level) / 2) / math.log(max(probability, 1 - probability)))
