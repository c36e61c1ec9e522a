import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from stats.early_stopping import early_stopping_bound, minimum_queries, most_overlatency


def test_the_fewest_requests_are_loadgen_s():
    # "Need to process at least 662 queries for early stopping": LoadGen at 99 %, 64 at 90 %.
    assert minimum_queries(0.99) == 662
    assert minimum_queries(0.90) == 64


def test_without_a_late_request_459_are_enough():
    # LoadGen starts its search from ln(1 - 0.99) / ln(0.99), rounded up.
    assert minimum_queries(0.99, overlatency=0) == 459


@settings(deadline=None, max_examples=100)
@given(st.integers(0, 200), st.sampled_from([0.5, 0.9, 0.99, 0.999]))
def test_the_fewest_requests_are_the_fewest_by_the_binomial_distribution(late, probability):
    count = minimum_queries(probability, late)
    assert scipy.stats.binom.cdf(late, count, 1 - probability) < 0.01
    if count > late + 1:
        assert scipy.stats.binom.cdf(late, count - 1, 1 - probability) >= 0.01


@settings(deadline=None, max_examples=100)
@given(st.integers(1, 100_000), st.sampled_from([0.5, 0.9, 0.99, 0.999]))
def test_the_most_late_requests_and_the_fewest_requests_are_each_other_s_inverse(
    count, probability
):
    late = most_overlatency(count, probability)
    if late is None:
        assert count < minimum_queries(probability)
    else:
        assert minimum_queries(probability, late) <= count < minimum_queries(probability, late + 1)


def test_the_bound_is_the_largest_latency_that_is_not_discarded():
    latencies = np.random.default_rng(6).permutation(np.arange(1.0, 2011.0))
    # 2,010 requests allow ten beyond the 99 % quantile, so nine are discarded.
    assert most_overlatency(2010, 0.99) == 10
    assert early_stopping_bound(latencies, 0.99) == 2001
    assert early_stopping_bound(latencies[:661], 0.99) is None


def test_clustered_requests_discard_the_share_of_as_many_independent_ones():
    latencies = np.arange(1.0, 20_101.0)
    # 20,100 with a design effect of 10 are 2,010, of which the tenth from above is taken.
    assert early_stopping_bound(latencies, 0.99, design_effect=10) == 20_001
    assert early_stopping_bound(latencies, 0.99, design_effect=40) is None


def test_the_bound_lies_at_or_above_the_quantile_in_99_percent_of_runs():
    runs = np.random.default_rng(8).exponential(size=(2000, 700))
    true = -np.log(0.01)
    held = [early_stopping_bound(run, 0.99) >= true for run in runs]
    assert np.mean(held) >= 0.985


@pytest.mark.parametrize("probability", [0.0, 1.0, -0.1])
def test_a_quantile_at_the_edge_is_refused(probability):
    with pytest.raises(ValueError, match="between 0 and 1"):
        minimum_queries(probability)
    with pytest.raises(ValueError, match="between 0 and 1"):
        most_overlatency(1000, probability)


def test_a_design_effect_below_one_is_refused():
    with pytest.raises(ValueError, match="design effect"):
        early_stopping_bound(np.arange(1000.0), 0.9, design_effect=0.5)
