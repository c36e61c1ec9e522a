import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats.confidence_sequence import sequence_multiplier
from stats.estimate import MINIMUM_UNITS, t_estimate, t_quantile
from stats.interval import IntervalKind, IntervalRule

FIXED = IntervalRule()
LOOKS = IntervalRule(IntervalKind.LOOKS, looks=4)
STEIN = IntervalRule(IntervalKind.STEIN, first_stage=6)
SEQUENCE = IntervalRule(IntervalKind.SEQUENCE)
UNITS = np.random.default_rng(4).normal(3, 1, 16)


def test_a_number_of_units_that_was_fixed_beforehand_gets_the_plain_t_interval():
    assert FIXED.estimate(UNITS, level=0.9, unit="ns") == t_estimate(UNITS, level=0.9, unit="ns")


def test_each_of_four_looks_gets_a_t_interval_with_a_quarter_of_the_error():
    estimate = LOOKS.estimate(UNITS, unit="ns")
    assert estimate.half_width == pytest.approx(t_quantile(0.9875, 15) * UNITS.std(ddof=1) / 4)
    assert estimate.level == 0.95


def test_one_look_is_a_number_that_was_fixed_beforehand():
    once = IntervalRule(IntervalKind.LOOKS, looks=1)
    assert once.estimate(UNITS, unit="ns") == FIXED.estimate(UNITS, unit="ns")


def test_stein_keeps_the_spread_of_the_first_stage_and_takes_the_mean_of_all():
    estimate = STEIN.estimate(UNITS, unit="ns")
    assert estimate.point == pytest.approx(UNITS.mean())
    assert estimate.half_width == pytest.approx(t_quantile(0.95, 5) * UNITS[:6].std(ddof=1) / 4)
    assert (estimate.replicates, estimate.degrees_of_freedom) == (16, 5)


def test_the_sequence_s_interval_is_the_standard_error_times_its_multiplier():
    estimate = SEQUENCE.estimate(UNITS, unit="ns")
    expected = sequence_multiplier(16) * UNITS.std(ddof=1) / 4
    assert estimate.half_width == pytest.approx(expected)


@pytest.mark.parametrize("rule", [FIXED, LOOKS, STEIN, SEQUENCE])
@pytest.mark.parametrize("count", range(1, MINIMUM_UNITS))
def test_below_six_units_no_rule_has_an_interval(rule, count):
    estimate = rule.estimate(UNITS[:count], unit="ns")
    assert estimate.point == pytest.approx(UNITS[:count].mean())
    assert estimate.low is estimate.high is estimate.standard_error is None


def test_a_sequence_that_excludes_nothing_yet_has_no_interval():
    estimate = SEQUENCE.estimate(UNITS[:6], level=1 - 1e-9, unit="ns")
    assert estimate.low is estimate.high is estimate.degrees_of_freedom is None


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(-1e6, 1e6), min_size=MINIMUM_UNITS, max_size=40))
def test_the_more_freedom_to_stop_the_wider_the_interval(units):
    widths = [rule.estimate(units, unit="ns").half_width for rule in (FIXED, LOOKS, SEQUENCE)]
    assert widths == sorted(widths)
    points = {rule.estimate(units, unit="ns").point for rule in (FIXED, LOOKS, STEIN, SEQUENCE)}
    assert len(points) == 1


def test_a_rule_without_a_look_or_with_too_small_a_first_stage_is_refused():
    with pytest.raises(ValueError, match="looked at"):
        IntervalRule(IntervalKind.LOOKS, looks=0)
    with pytest.raises(ValueError, match="first stage"):
        IntervalRule(IntervalKind.STEIN, first_stage=5)
