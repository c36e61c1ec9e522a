"""The closed loop: on every connection a request, and the next one when its answer is there."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter_ns

from contract.errors import LoadTestError
from loadtest.wire.connection_pool import ConnectionPool

PATIENCE_SECONDS = 10.0
"""How long the last answers are waited for."""

_OK = 200
_MOST_ANSWERS = 64
_NS_PER_SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class ClosedLoopOutcome:
    """What a server answered in a time.

    Attributes
    ----------
    requests, failures : int
        Answers that came within the time, and those of them that were not 200.
    seconds : float
        The time.
    """

    requests: int
    failures: int
    seconds: float


def saturate(pool: ConnectionPool, wire: bytes, seconds: float) -> ClosedLoopOutcome:
    """Keep a request in flight on every connection for a fixed time, as wrk does.

    Parameters
    ----------
    pool : ConnectionPool
        With nothing in flight. Afterwards the last requests are: see `drain`.
    wire : bytes
        The request.
    seconds : float
        For how long.

    Raises
    ------
    LoadTestError
        If the server takes no connection, or sends what is no answer.
    """
    requests = failures = 0
    begun_ns = now_ns = perf_counter_ns()
    end_ns = begun_ns + int(seconds * _NS_PER_SECOND)
    while now_ns < end_ns:
        while pool.free:
            pool.send(wire, requests)
        # Without waiting in the kernel: this core has nothing else to do, and a request that
        # leaves late would let the server run dry.
        for answer in pool.answers(_MOST_ANSWERS):
            requests += 1
            failures += answer.status != _OK
        now_ns = perf_counter_ns()
    return ClosedLoopOutcome(requests, failures, (now_ns - begun_ns) / _NS_PER_SECOND)


def drain(pool: ConnectionPool) -> None:
    """Take the last answers in, so that nothing stays queued for what is sent next.

    Raises
    ------
    LoadTestError
        If that takes more than `PATIENCE_SECONDS`.
    """
    give_up_ns = perf_counter_ns() + int(PATIENCE_SECONDS * _NS_PER_SECOND)
    while pool.in_flight:
        pool.answers(_MOST_ANSWERS)
        if perf_counter_ns() > give_up_ns:
            raise LoadTestError(
                f"the server still owes answers {PATIENCE_SECONDS:.0f} s after the last request"
            )
