"""MLPerf's bound on a percentile: how far it may lie above the one that was observed.

Of n independent requests, t or fewer lie beyond the p-quantile with the probability
I_p(n - t, t + 1), the regularised incomplete beta function (the binomial distribution).
Where that is improbable, the t-th largest latency is at or above the quantile. The price of
a short run is thereby a larger figure, not a less certain one.

References
----------
MLPerf Inference LoadGen, ``loadgen/early_stopping.cc`` (``odds``, ``find_min_passing``) and
``loadgen/results.cc`` (``PerformanceSummary::EarlyStopping``), github.com/mlcommons/inference;
MLPerf Inference Rules, appendix "Early Stopping Criterion" (tolerance 0, confidence 0.99);
Reddi et al., "MLPerf Inference Benchmark", ISCA 2020.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

from stats.quantile_precision import effective_size

# LoadGen's constant, for every scenario.
CONFIDENCE = 0.99


def minimum_queries(
    probability: float, overlatency: int = 1, confidence: float = CONFIDENCE
) -> int:
    """Return the fewest requests with which so many may lie beyond a bound.

    The smallest n with I_p(n - t, t + 1) < 1 - confidence. With `overlatency` = 1 these are the
    fewest with which `early_stopping_bound` says anything; a service that answered t requests
    too late holds its objective from this n on.

    Parameters
    ----------
    probability : float
        Which quantile, between 0 and 1.
    overlatency : int
        t, requests beyond the bound.
    confidence : float
        That the quantile is at or below the bound.

    Raises
    ------
    ValueError
        If the quantile is no inner one.
    """
    _check(probability)
    low, high = overlatency, max(2 * overlatency, 1)
    while not _improbable(high, overlatency, probability, confidence):
        low, high = high, 2 * high
    while high - low > 1:
        middle = (low + high) // 2
        if _improbable(middle, overlatency, probability, confidence):
            high = middle
        else:
            low = middle
    return high


def most_overlatency(
    queries: int, probability: float, confidence: float = CONFIDENCE
) -> int | None:
    """Return the largest t with which so many requests bound a quantile.

    LoadGen says that it discards the t - 1 highest latencies.

    Parameters
    ----------
    queries : int
        How many requests, effective ones where they are clustered.
    probability : float
        Which quantile, between 0 and 1.
    confidence : float
        That the quantile is at or below the bound.

    Returns
    -------
    int or None
        None below `minimum_queries`.

    Raises
    ------
    ValueError
        If the quantile is no inner one.
    """
    _check(probability)
    if not _improbable(queries, 1, probability, confidence):
        return None
    low, high = 1, queries
    while high - low > 1:
        middle = (low + high) // 2
        if _improbable(queries, middle, probability, confidence):
            low = middle
        else:
            high = middle
    return low


def early_stopping_bound(
    latencies: npt.ArrayLike,
    probability: float,
    *,
    design_effect: float = 1.0,
    confidence: float = CONFIDENCE,
) -> float | None:
    """Return an upper bound for a quantile of latencies.

    Parameters
    ----------
    latencies : array_like, shape (requests,)
        In any order and unit.
    probability : float
        Which quantile, between 0 and 1.
    design_effect : float
        How many requests say as much as one independent request
        (`stats.quantile_precision.design_effect`). LoadGen supposes 1.
    confidence : float
        That the quantile is at or below the bound.

    Returns
    -------
    float or None
        In the latencies' unit; None where there are too few.

    Raises
    ------
    ValueError
        If the quantile is no inner one, or the design effect is below 1.
    """
    ascending = np.sort(np.asarray(latencies, dtype=np.float64))
    effective = effective_size(ascending.size, design_effect)
    beyond = most_overlatency(effective, probability, confidence)
    if beyond is None:
        return None
    # The share t / n of the effective requests; rounded so that no more are discarded.
    return float(ascending[-int(beyond * ascending.size / effective)])


def _improbable(queries: int, overlatency: int, probability: float, confidence: float) -> bool:
    if overlatency >= queries:
        return False
    odds = special.betainc(queries - overlatency, overlatency + 1, probability)
    return bool(odds < 1 - confidence)


def _check(probability: float) -> None:
    if not 0 < probability < 1:
        raise ValueError(f"a quantile to bound lies between 0 and 1, unlike {probability}")
