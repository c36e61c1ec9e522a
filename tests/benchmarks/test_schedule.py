from hypothesis import given, settings
from hypothesis import strategies as st

from benchmarks.peers.schedule import Schedule

RATES = st.floats(min_value=0.5, max_value=10_000)


def test_requests_are_due_evenly_from_the_start_on():
    schedule = Schedule(rate_hz=1_000, seconds=2)
    assert schedule.count == 2_000
    assert [schedule.due_ns(index) for index in (0, 1, 1_999)] == [0, 1_000_000, 1_999_000_000]


def test_no_rounding_gathers_over_a_long_run():
    schedule = Schedule(rate_hz=3, seconds=3_000)
    assert schedule.due_ns(3 * 2_999) == 2_999 * 10**9


@settings(deadline=None)
@given(RATES, st.floats(min_value=0.1, max_value=1))
def test_every_request_is_due_within_the_schedule_s_time(rate_hz, seconds):
    schedule = Schedule(rate_hz, seconds)
    due = [schedule.due_ns(index) for index in range(schedule.count)]
    assert due == sorted(due)
    assert all(0 <= moment <= seconds * 1e9 for moment in due)
