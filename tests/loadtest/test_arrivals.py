import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from loadtest.wire.arrivals import Arrivals

RATES = st.floats(min_value=0.5, max_value=10_000)
SEEDS = st.none() | st.integers(0, 2**32 - 1)


@pytest.mark.parametrize(
    ("rate_hz", "seconds", "due_ns"),
    [
        (1, 3, [0, 10**9, 2 * 10**9]),
        (4, 0.5, [0, 250_000_000]),
        (3, 1, [0, 333_333_333, 666_666_667]),
        (1, 0.5, []),
    ],
)
def test_without_a_seed_requests_are_due_evenly_from_the_start_on(rate_hz, seconds, due_ns):
    assert Arrivals(rate_hz, seconds).due_ns().tolist() == due_ns


def test_no_rounding_gathers_over_a_long_run():
    due_ns = Arrivals(rate_hz=3, seconds=3_000).due_ns()
    assert due_ns[3 * 2_999] == 2_999 * 10**9


@settings(deadline=None)
@given(RATES, st.floats(min_value=0.1, max_value=1), SEEDS)
def test_every_request_is_due_within_the_time_and_in_order(rate_hz, seconds, seed):
    due_ns = Arrivals(rate_hz, seconds, seed).due_ns()
    assert (np.diff(due_ns) >= 0).all()
    assert ((due_ns >= 0) & (due_ns <= seconds * 1e9)).all()


def test_the_gaps_of_a_poisson_process_are_exponential_and_independent():
    gaps_s = np.diff(Arrivals(2_000, 20, seed=7).due_ns()) / 1e9
    assert stats.kstest(gaps_s, "expon", args=(0, 1 / 2_000)).pvalue > 0.001
    assert abs(np.corrcoef(gaps_s[1:], gaps_s[:-1])[0, 1]) < 4 / gaps_s.size**0.5


def test_the_count_of_a_poisson_process_varies_as_its_mean():
    counts = np.array([Arrivals(100, 1, seed).due_ns().size for seed in range(2_000)])
    # The standard errors of mean and variance are 0.22 and 3.2.
    assert abs(counts.mean() - 100) < 1
    assert abs(counts.var() - 100) < 15


def test_the_same_seed_makes_the_same_arrivals_and_another_one_others():
    first, again, other = (Arrivals(500, 1, seed).due_ns().tolist() for seed in (1, 1, 2))
    assert first == again != other


def test_one_seed_at_two_rates_makes_the_same_gaps_longer_or_shorter():
    slow, fast = Arrivals(500, 1, seed=3).due_ns(), Arrivals(1_000, 1, seed=3).due_ns()
    assert fast.size > slow.size
    np.testing.assert_allclose(fast[: slow.size] * 2, slow, atol=2)
