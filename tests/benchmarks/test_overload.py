import numpy as np

from benchmarks.peers.overload import Memory, summarise
from loadtest.wire.arrivals import Arrivals
from loadtest.wire.open_loop import NO_CONNECTION, OpenLoopOutcome

MEMORY = Memory(before=1, peak=2, after=1, course=((0.0, 1),))
SECOND = 1_000_000_000
MILLISECOND = 1_000_000


def outcome(*requests):
    """Each request: due, latency (both ns), status, whether Retry-After was there."""
    due, latency, status, retry = (
        np.array(column, dtype=np.int64) for column in zip(*requests, strict=True)
    )
    sent = np.where(status == NO_CONNECTION, -1, due)
    done = np.where(status == NO_CONNECTION, -1, due + latency)
    return OpenLoopOutcome(due, sent, done, status, retry)


def summary(*requests, seconds=3):
    return summarise(outcome(*requests), 2.0, Arrivals(6.0, seconds), 1.0, MEMORY)


def test_goodput_counts_answers_that_came_while_there_was_load():
    one = summary(
        (0, 100, 200, 0),  # in the warm-up
        (SECOND, 100, 200, 0),
        (2 * SECOND, SECOND - 1, 200, 0),
        (2 * SECOND, SECOND, 200, 0),  # came when the load had ended
        (2 * SECOND, 100, 503, 1),
    )
    assert one.goodput_hz == 1.0
    assert one.accepted_course == (1, 1, 1)
    assert one.refused_course == (0, 0, 1)


def test_requests_of_the_warm_up_are_not_counted():
    one = summary((0, 9 * SECOND, 503, 0), (SECOND, MILLISECOND, 503, 1))
    assert one.counts == {"503": 1}
    assert one.refused.highest_ms == 1.0
    assert one.retry_after_share == 1.0


def test_a_request_that_was_never_sent_has_no_latency_and_is_counted():
    one = summary((SECOND, 0, NO_CONNECTION, 0), (SECOND, MILLISECOND, 200, 0))
    assert one.counts == {"no connection": 1, "200": 1}
    assert one.accepted.highest_ms == 1.0
    assert one.refused is None
    assert one.retry_after_share is None
