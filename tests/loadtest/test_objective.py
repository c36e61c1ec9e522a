import numpy as np
import pytest

from loadtest.wire.objective import Objective
from loadtest.wire.open_loop import NO_CONNECTION, OpenLoopOutcome

MILLISECOND = 1_000_000
WITHIN_5_MS = Objective(milliseconds=5.0, percentile=0.9)


def outcome(latencies_ms, statuses=None, late_ms=0.0):
    """One request a second; each was sent so much later than it was due."""
    count = len(latencies_ms)
    due = np.arange(count) * 1_000 * MILLISECOND
    status = np.array(statuses or [200] * count, dtype=np.int64)
    sent = due + round(late_ms * MILLISECOND)
    done = due + np.round(np.array(latencies_ms) * MILLISECOND).astype(np.int64)
    missing = status == NO_CONNECTION
    sent, done = np.where(missing, -1, sent), np.where(missing, -1, done)
    return OpenLoopOutcome(due, sent, done, status, np.zeros(count, dtype=np.int64))


@pytest.mark.parametrize(
    ("latencies_ms", "held", "percentile_ms", "over"),
    [
        ([1] * 10, True, 1, 0),
        ([1] * 9 + [50], True, 1, 1),  # nine of ten are enough
        ([1] * 8 + [50] * 2, False, 50, 2),
        ([5.0] * 10, True, 5, 0),  # in time is in time
        ([1, 50], False, 50, 1),  # of two, both must hold
        ([], False, 0, 0),  # nothing was due: nothing is shown
    ],
)
def test_an_objective_holds_where_its_share_of_all_requests_keeps_the_time(
    latencies_ms, held, percentile_ms, over
):
    probe = WITHIN_5_MS.judge("arm", 7.0, outcome(latencies_ms))
    assert (probe.held, probe.over_objective) == (held, over)
    assert probe.latency_us == 1_000 * percentile_ms
    assert (probe.arm, probe.rate_hz, probe.sent) == ("arm", 7.0, len(latencies_ms))


@pytest.mark.parametrize("status", [503, NO_CONNECTION])
def test_a_request_that_failed_keeps_the_objective_from_holding(status):
    probe = WITHIN_5_MS.judge("arm", 7.0, outcome([1] * 20, [200] * 19 + [status]))
    assert not probe.held
    assert (probe.failures, probe.over_objective) == (1, 1)
    assert probe.sent == 20 - (status == NO_CONNECTION)


def test_a_request_is_late_that_was_sent_more_than_a_millisecond_after_it_was_due():
    assert WITHIN_5_MS.judge("arm", 7.0, outcome([2] * 10, late_ms=1.0)).late == 0
    assert WITHIN_5_MS.judge("arm", 7.0, outcome([2] * 10, late_ms=1.001)).late == 10


@pytest.mark.parametrize(
    ("saturated_hz", "connections"), [(10, 16), (3_000, 30), (10_000, 100), (1_000_000, 250)]
)
def test_a_probe_has_connections_for_twice_what_is_answered_in_time(saturated_hz, connections):
    assert WITHIN_5_MS.connections(saturated_hz, fewest=16) == connections
