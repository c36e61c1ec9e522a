"""Where an inference runs: on the event loop, or in a thread."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

INLINE_BUDGET_NS = 1_000_000
"""Work that is expected to take longer goes to a thread.

A hand-over to a thread and back costs about 85 us (one connection: 5,400 requests/s on the event
loop, 3,700 through a thread), several times the inference of a small network. On the other
side nothing else is answered while the event loop computes: a millisecond is what a request or
a health check may be kept waiting by another one.
"""

_NO_LIMIT = 1 << 62


class Execution(StrEnum):
    """How it is decided."""

    AUTO = "auto"
    EVENT_LOOP = "event-loop"
    THREAD_POOL = "thread-pool"


@dataclass(frozen=True, slots=True)
class Cost:
    """What warm-up found a run to take: ``base_ns + rows * row_ns``."""

    base_ns: float
    row_ns: float

    @classmethod
    def through(cls, one_row_ns: float, rows: int, rows_ns: float) -> Cost:
        """Draw the line through two measurements, of one row and of several.

        A slope below zero is noise and counts as zero.
        """
        row_ns = max(0.0, (rows_ns - one_row_ns) / (rows - 1))
        return cls(base_ns=max(0.0, one_row_ns - row_ns), row_ns=row_ns)

    def most_rows_within(self, budget_ns: float) -> int:
        """Return how many rows are expected to run within a time; 0 if not even one is."""
        left_ns = budget_ns - self.base_ns
        if left_ns < self.row_ns:
            return 0
        return int(left_ns / self.row_ns) if self.row_ns else _NO_LIMIT


def most_inline_rows(execution: Execution, cost: Cost) -> int:
    """Return up to how many rows a request is run on the event loop."""
    if execution is Execution.EVENT_LOOP:
        return _NO_LIMIT
    if execution is Execution.THREAD_POOL:
        return 0
    return cost.most_rows_within(INLINE_BUDGET_NS)
