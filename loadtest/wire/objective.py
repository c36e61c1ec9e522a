"""A latency objective, and whether a probe of Poisson load held it."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from contract.capacity_log import LATE_TOLERANCE_NS, PoissonProbe
from loadtest.wire.open_loop import OpenLoopOutcome

# The server's default bound on requests in flight is 256: it refuses what goes beyond.
_MOST_CONNECTIONS = 250


@dataclass(frozen=True, slots=True)
class Objective:
    """Such as: of all requests, 99 % within 5 ms from when they were due.

    Attributes
    ----------
    milliseconds : float
        The time.
    percentile : float
        The share (0 to 1) of requests that must keep it.
    """

    milliseconds: float
    percentile: float

    @property
    def nanoseconds(self) -> float:
        """The time, in nanoseconds."""
        return self.milliseconds * 1e6

    def connections(self, saturated_hz: float, fewest: int) -> int:
        """Return how many connections a probe needs at most.

        A request that finds so many before it misses the objective even if the server became
        twice as fast: to find no connection then is no other outcome.

        Parameters
        ----------
        saturated_hz : float
            What the server takes at most.
        fewest : int
            No fewer than so many.
        """
        needed = math.ceil(2 * saturated_hz * self.milliseconds / 1e3)
        return max(fewest, min(needed, _MOST_CONNECTIONS))

    def judge(self, arm: str, rate_hz: float, outcome: OpenLoopOutcome) -> PoissonProbe:
        """Judge a probe.

        It holds where no request failed and the percentile, the smallest latency that at least
        such a share of the requests keeps, is within the time. A probe in which nothing was due
        shows nothing, and does not hold.

        Parameters
        ----------
        arm : str
            The arm.
        rate_hz : float
            Mean arrivals a second.
        outcome : OpenLoopOutcome
            What became of them.
        """
        latency_ns, due = outcome.latency_ns, outcome.status.size
        percentile_ns = (
            float(np.quantile(latency_ns, self.percentile, method="inverted_cdf"))
            if latency_ns.size
            else 0.0
        )
        kept = int(np.count_nonzero(latency_ns <= self.nanoseconds))
        return PoissonProbe(
            arm=arm,
            rate_hz=rate_hz,
            sent=int(np.count_nonzero(outcome.sent_ns >= 0)),
            late=outcome.late(LATE_TOLERANCE_NS),
            failures=outcome.failures,
            over_objective=due - kept,
            latency_us=percentile_ns / 1e3,
            held=due > 0 and not outcome.failures and percentile_ns <= self.nanoseconds,
        )
