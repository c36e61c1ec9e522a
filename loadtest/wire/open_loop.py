"""The open loop: requests when they are due, whatever becomes of the answers.

It keeps its core busy: waiting in the kernel would cost up to a millisecond each time. A
request that finds every connection taken is not sent late but counted as such, so what is
sent is sent when it is due; the outcome holds how late it was all the same.
"""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter_ns

import numpy as np

from loadtest.wire.arrivals import Arrivals, Column
from loadtest.wire.connection_pool import ConnectionPool

NO_CONNECTION = -1
"""The status of a request that found every connection taken."""
UNANSWERED = -3
"""The status of a request without an answer when the generator gave up."""

PATIENCE_SECONDS = 10.0
"""How long answers are waited for after the last request."""

_OK = 200
_PATIENCE_NS = int(PATIENCE_SECONDS * 1e9)
# Answers taken between two looks at the clock: few, so that nothing due waits for long.
_MOST_ANSWERS = 16


@dataclass(frozen=True, slots=True)
class OpenLoopOutcome:
    """What became of each request; one entry a request, in the order in which they were due.

    Attributes
    ----------
    due_ns, sent_ns, done_ns : int64 arrays
        After the start; -1 where it was not sent or not answered.
    status : int64 array
        The HTTP status, `NO_CONNECTION`, `UNANSWERED` or ``connection_pool.BROKEN``.
    retry_after : int64 array
        1 where the answer carried ``Retry-After``.
    """

    due_ns: Column
    sent_ns: Column
    done_ns: Column
    status: Column
    retry_after: Column

    @property
    def latency_ns(self) -> Column:
        """From when each request was due, of those answered with 200."""
        latency_ns: Column = (self.done_ns - self.due_ns)[self.status == _OK]
        return latency_ns

    @property
    def failures(self) -> int:
        """Requests that were not answered with 200."""
        return int(np.count_nonzero(self.status != _OK))

    def late(self, tolerance_ns: int) -> int:
        """Count requests that were sent more than the tolerance after they were due."""
        return int(np.count_nonzero(self.sent_ns - self.due_ns > tolerance_ns))


def drive_open_loop(pool: ConnectionPool, wire: bytes, arrivals: Arrivals) -> OpenLoopOutcome:
    """Send one request again and again, and take the answers in.

    Parameters
    ----------
    pool : ConnectionPool
        With nothing in flight. Afterwards there is nothing in flight either, unless the
        outcome holds a request that is `UNANSWERED`.
    wire : bytes
        The request.
    arrivals : Arrivals
        When each is due.

    Raises
    ------
    LoadTestError
        If the server takes no connection, or sends what is no answer.
    """
    due_ns = arrivals.due_ns()
    course = _Course(pool, wire, due_ns)
    course.run()
    return OpenLoopOutcome(
        due_ns,
        np.array(course.sent_ns, dtype=np.int64),
        np.array(course.done_ns, dtype=np.int64),
        np.array(course.status, dtype=np.int64),
        np.array(course.retry_after, dtype=np.int64),
    )


class _Course:
    """The loop while it runs; lists: writing one element of an array costs several times more."""

    def __init__(self, pool: ConnectionPool, wire: bytes, due_ns: Column) -> None:
        self._pool = pool
        self._wire = wire
        self._due_ns = due_ns.tolist()
        self._start_ns = 0
        count = len(self._due_ns)
        self.sent_ns = [-1] * count
        self.done_ns = [-1] * count
        self.status = [UNANSWERED] * count
        self.retry_after = [0] * count

    def run(self) -> None:
        due_ns, count, following = self._due_ns, len(self._due_ns), 0
        give_up_ns = (due_ns[-1] if due_ns else 0) + _PATIENCE_NS
        self._start_ns = perf_counter_ns()
        while following < count or (self._pool.in_flight and self._elapsed_ns() < give_up_ns):
            now_ns = self._elapsed_ns()
            while following < count and due_ns[following] <= now_ns:
                self._send(following)
                following += 1
            self._take_answers()

    def _elapsed_ns(self) -> int:
        return perf_counter_ns() - self._start_ns

    def _send(self, request: int) -> None:
        if not self._pool.free:
            self.status[request] = NO_CONNECTION
            return
        self.sent_ns[request] = self._elapsed_ns()
        self._pool.send(self._wire, request)

    def _take_answers(self) -> None:
        for request, status, done_ns, retry_after in self._pool.answers(_MOST_ANSWERS):
            self.done_ns[request] = done_ns - self._start_ns
            self.status[request] = status
            self.retry_after[request] = int(retry_after)
