"""What the quantiles of the client's latency rest on."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from report.measurement import Measurement
from report.result_part import ResultPart
from report.round_table import US_PER_NS
from stats.early_stopping import early_stopping_bound
from stats.quantile_precision import (
    design_effect,
    effective_size,
    quantile_interval,
    queries_needed,
)

Floats = npt.NDArray[np.float64]

PROBABILITIES = (0.5, 0.9, 0.99)


class QuantileClaim(ResultPart):
    """What a quantile of the client's latency rests on: requests of one start are clustered.

    Attributes
    ----------
    probability : float
        Which quantile.
    design_effect : float
        Variance of the share of requests beyond it between starts, over the binomial one.
    requests : int
        Of the reference, in all used starts.
    effective_requests : float
        `requests` / `design_effect`.
    needed_requests : int
        From which a two-sided interval exists.
    latency_us : float
        The quantile over all used starts.
    low_us, high_us : float or None
        By order statistics of the effective number; None below `needed_requests`.
    bound_us : float or None
        The upper bound by MLPerf's early-stopping rule on the effective number.
    """

    probability: float
    design_effect: float
    requests: int
    effective_requests: float
    needed_requests: int
    latency_us: float
    low_us: float | None
    high_us: float | None
    bound_us: float | None


def quantile_claims(client: Measurement | None) -> tuple[QuantileClaim, ...]:
    """Say of each quantile of the reference's latency how much data is behind it.

    Parameters
    ----------
    client : Measurement or None
        Client latency, whose starts are the clusters; None makes no claims.

    Returns
    -------
    tuple of QuantileClaim
        Without a quantile whose design effect cannot be told (equal latencies).
    """
    if client is None:
        return ()
    latencies_us = [table.times_ns[:, 0] * US_PER_NS for table in client.tables]
    pooled_us = np.concatenate(latencies_us)
    claims = []
    for probability in PROBABILITIES:
        latency_us = float(np.quantile(pooled_us, probability))
        beyond = [np.count_nonzero(start > latency_us) for start in latencies_us]
        effect = design_effect(beyond, [start.size for start in latencies_us])
        if effect is not None:
            claims.append(_claim(pooled_us, probability, latency_us, effect, client.level))
    return tuple(claims)


def _claim(
    pooled_us: Floats,
    probability: float,
    latency_us: float,
    effect: float,
    level: float,
) -> QuantileClaim:
    interval = quantile_interval(pooled_us, probability, design_effect=effect, level=level)
    low_us, high_us = interval if interval is not None else (None, None)
    return QuantileClaim(
        probability=probability,
        design_effect=effect,
        requests=pooled_us.size,
        effective_requests=effective_size(pooled_us.size, effect),
        needed_requests=queries_needed(probability, effect, level),
        latency_us=latency_us,
        low_us=low_us,
        high_us=high_us,
        bound_us=early_stopping_bound(pooled_us, probability, design_effect=effect),
    )
