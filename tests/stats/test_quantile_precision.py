import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from stats.quantile_precision import (
    design_effect,
    effective_size,
    interval_ranks,
    quantile_interval,
    queries_needed,
)

effects = st.floats(1, 500)
quantiles = st.sampled_from([0.01, 0.25, 0.5, 0.9, 0.99])


def test_independent_requests_count_fully():
    rng = np.random.default_rng(10)
    beyond = rng.binomial(10_000, 0.01, 2000)
    assert design_effect(beyond, np.full(2000, 10_000)) == pytest.approx(1, abs=0.1)


def test_requests_that_are_slow_in_twenties_count_a_twentieth():
    rng = np.random.default_rng(11)
    beyond = 20 * rng.binomial(500, 0.01, 2000)
    assert design_effect(beyond, np.full(2000, 10_000)) == pytest.approx(20, rel=0.1)


def test_clusters_of_unequal_size_are_weighed_by_their_requests():
    rng = np.random.default_rng(12)
    sizes = rng.integers(1000, 20_000, 2000)
    beyond = rng.binomial(sizes, 0.01)
    # Shares averaged as if all clusters were alike would call this far more than 1.
    assert design_effect(beyond, sizes) == pytest.approx(1, abs=0.1)


def test_the_design_effect_by_hand():
    # Shares 0, 0.5 and 1 of ten: p = 0.5, 3/2 · (25 + 0 + 25) / (0.25 · 30) = 10.
    assert design_effect([0, 5, 10], [10, 10, 10]) == pytest.approx(10)


def test_shares_that_agree_too_well_do_not_make_more_requests_of_them():
    assert design_effect([5, 5, 5], [500, 500, 500]) == 1


@pytest.mark.parametrize(
    ("beyond", "sizes"), [([5], [500]), ([0, 0], [500, 500]), ([5, 5], [5, 5]), ([], [])]
)
def test_where_nothing_varies_the_design_effect_cannot_be_told(beyond, sizes):
    assert design_effect(beyond, sizes) is None


@pytest.mark.parametrize(("beyond", "sizes"), [([1], [1, 2]), ([3], [2]), ([-1], [2])])
def test_counts_that_do_not_fit_are_refused(beyond, sizes):
    with pytest.raises(ValueError, match="cluster"):
        design_effect(beyond, sizes)


def test_the_99_percent_quantile_takes_368_independent_requests():
    assert queries_needed(0.99) == 368
    assert queries_needed(0.99, design_effect=20) == 7360
    assert queries_needed(0.5) == 6


@pytest.mark.parametrize(
    ("count", "ranks"), [(10, (2, 9)), (20, (6, 15)), (50, (18, 33)), (100, (40, 61))]
)
def test_the_ranks_around_a_median_are_those_of_the_published_table(count, ranks):
    # Le Boudec, "Performance Evaluation", appendix A, table of 95 % intervals for the median.
    assert interval_ranks(count, 0.5) == ranks


@settings(deadline=None, max_examples=200)
@given(st.integers(1, 5000), quantiles, st.sampled_from([0.9, 0.95, 0.99]))
def test_between_the_ranks_lies_the_quantile_and_between_narrower_ones_not(
    count, probability, level
):
    ranks = interval_ranks(count, probability, level=level)
    if ranks is None:
        assert count < queries_needed(probability, level=level)
        return
    low, high = ranks
    below = scipy.stats.binom(count, probability)
    tail = (1 - level) / 2
    assert 1 <= low < high <= count
    assert below.cdf(low - 1) <= tail < below.cdf(low)
    assert below.sf(high - 1) <= tail * (1 + 1e-9)
    assert below.sf(high - 2) > tail * (1 - 1e-9)


@settings(deadline=None, max_examples=200)
@given(quantiles, effects)
def test_there_is_an_interval_from_the_number_needed_on(probability, effect):
    needed = queries_needed(probability, effect)
    assert interval_ranks(needed, probability, design_effect=effect) is not None
    assert interval_ranks(needed - 1, probability, design_effect=effect) is None


@settings(deadline=None, max_examples=100)
@given(st.integers(400, 100_000), effects)
def test_clustered_requests_never_have_a_narrower_interval(count, effect):
    independent = interval_ranks(count, 0.9)
    clustered = interval_ranks(count, 0.9, design_effect=effect)
    if clustered is not None:
        assert clustered[0] <= independent[0]
        assert clustered[1] >= independent[1]
        assert clustered[1] <= count


def test_an_interval_lies_between_two_of_the_values_and_covers():
    runs = np.random.default_rng(13).exponential(size=(2000, 500))
    intervals = [quantile_interval(run, 0.99) for run in runs]
    assert {low in run and high in run for (low, high), run in zip(intervals, runs, strict=True)}
    covered = np.mean([low <= -np.log(0.01) <= high for low, high in intervals])
    assert covered >= 0.94
    assert quantile_interval(runs[0, :300], 0.99) is None


def test_an_interval_of_clustered_requests_covers_by_their_design_effect():
    rng = np.random.default_rng(14)
    # Every value stands ten times: the design effect is ten.
    runs = np.repeat(rng.exponential(size=(2000, 400)), 10, axis=1)
    covered = [
        low <= -np.log(0.01) <= high
        for low, high in (quantile_interval(run, 0.99, design_effect=10) for run in runs)
    ]
    assert np.mean(covered) >= 0.94


@pytest.mark.parametrize("probability", [0.0, 1.0])
def test_a_quantile_at_the_edge_is_refused(probability):
    with pytest.raises(ValueError, match="between 0 and 1"):
        queries_needed(probability)


def test_a_design_effect_below_one_is_refused():
    for refuse in (
        lambda: queries_needed(0.5, 0.5),
        lambda: effective_size(10, 0.5),
        lambda: interval_ranks(10, 0.5, design_effect=0.5),
    ):
        with pytest.raises(ValueError, match="design effect"):
            refuse()
