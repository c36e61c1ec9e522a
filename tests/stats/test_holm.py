from itertools import combinations

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from stats.estimate import t_estimate
from stats.holm import holm, p_value
from stats.interval import IntervalKind, IntervalRule

p_values = st.lists(st.floats(0, 1), min_size=1, max_size=6)


def test_the_adjusted_values_are_those_of_r():
    # p.adjust(c(0.01, 0.02, 0.03, 0.04, 0.05), "holm")
    assert holm([0.01, 0.02, 0.03, 0.04, 0.05]) == pytest.approx([0.05, 0.08, 0.09, 0.09, 0.09])


def test_the_steps_stop_at_the_first_that_is_no_discovery():
    # 0.03 is above 0.05 / 2, so 0.04 is none either, although it is below 0.05 / 1.
    adjusted = holm([0.01, 0.04, 0.03, 0.005])
    assert adjusted == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert (adjusted <= 0.05).tolist() == [True, False, False, True]


@settings(deadline=None, max_examples=100)
@given(p_values, st.floats(0.001, 0.5))
def test_a_discovery_is_one_in_every_set_of_hypotheses_by_bonferroni(given_values, alpha):
    # Holm's procedure is the closed test of all intersections by Bonferroni's inequality.
    # A value at the edge itself may round either way.
    alpha = np.nextafter(alpha, 1)
    adjusted = holm(given_values)
    every = range(len(given_values))
    for one in every:
        closed = max(
            min(1, len(subset) * min(given_values[other] for other in subset))
            for size in range(1, len(given_values) + 1)
            for subset in combinations(every, size)
            if one in subset
        )
        assert adjusted[one] == pytest.approx(closed)


@given(p_values)
def test_adjusting_keeps_the_order_and_makes_nothing_smaller(given_values):
    adjusted = holm(given_values)
    assert (adjusted >= given_values).all()
    assert (np.diff(adjusted[np.argsort(given_values)]) >= 0).all()


def test_no_difference_needs_no_adjusting():
    assert holm([]).size == 0


@pytest.mark.parametrize("values", [[-0.1], [1.1], [float("nan")], [[0.1]]])
def test_values_that_are_no_probabilities_are_refused(values):
    with pytest.raises(ValueError, match="between 0 and 1"):
        holm(values)


def test_the_p_value_is_that_of_scipy_s_t_test():
    units = np.random.default_rng(9).normal(0.5, 1, 10)
    expected = scipy.stats.ttest_1samp(units, 0).pvalue
    assert p_value(t_estimate(units, unit="ns")) == pytest.approx(expected)


@settings(deadline=None, max_examples=50)
@given(st.integers(0, 10_000), st.integers(1, 5))
def test_the_p_value_is_below_5_percent_where_the_interval_excludes_zero(seed, looks):
    units = np.random.default_rng(seed).normal(0.7, 1, 8)
    estimate = IntervalRule(IntervalKind.LOOKS, looks).estimate(units, unit="ns")
    assert (p_value(estimate, looks) < 0.05) is estimate.excludes_zero


def test_units_that_are_all_alike_differ_from_zero_for_certain_or_not_at_all():
    assert p_value(t_estimate([2.0] * 6, unit="ns")) == 0
    assert p_value(t_estimate([0.0] * 6, unit="ns")) == 1


def test_without_an_interval_there_is_no_p_value():
    assert p_value(t_estimate([1.0, 2.0], unit="ns")) is None
