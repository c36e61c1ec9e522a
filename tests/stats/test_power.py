import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from stats.estimate import MINIMUM_UNITS, around, t_estimate, t_quantile
from stats.interval import IntervalKind, IntervalRule
from stats.power import look_alike_level, minimum_detectable_effect, unit_sd, units_needed

RULES = [
    IntervalRule(),
    IntervalRule(IntervalKind.LOOKS, looks=4),
    IntervalRule(IntervalKind.STEIN, first_stage=12),
    IntervalRule(IntervalKind.SEQUENCE),
]


def t_interval(sd, count, level=0.95):
    """The plain t interval around 0 of units with this spread."""
    error = sd / math.sqrt(count)
    return around(
        0.0,
        t_quantile(level, count - 1) * error,
        standard_error=error,
        degrees_of_freedom=count - 1,
        level=level,
        unit="ns",
        replicates=count,
    )


@pytest.mark.parametrize("rule", RULES)
def test_the_spread_between_units_is_found_again_whatever_the_interval_s_rule(rule):
    units = np.random.default_rng(1).normal(5, 2, 12)
    estimate = rule.estimate(units, unit="ns")
    assert unit_sd(estimate) == pytest.approx(units.std(ddof=1))


def test_stein_s_interval_gives_back_the_spread_of_its_first_stage():
    units = np.random.default_rng(1).normal(5, 2, 30)
    estimate = IntervalRule(IntervalKind.STEIN, first_stage=8).estimate(units, unit="ns")
    assert unit_sd(estimate) == pytest.approx(units[:8].std(ddof=1))


@settings(deadline=None, max_examples=100)
@given(st.floats(0.01, 10), st.floats(0.05, 10), st.sampled_from([0.9, 0.95, 0.99]))
def test_the_number_of_units_is_the_smallest_that_is_enough(sd, half_width, level):
    count = units_needed(sd, half_width, level)
    assert t_quantile(level, count - 1) * sd / math.sqrt(count) <= half_width
    if count > MINIMUM_UNITS:
        before = count - 1
        assert t_quantile(level, before - 1) * sd / math.sqrt(before) > half_width


@settings(deadline=None, max_examples=50)
@given(st.floats(0.01, 10), st.floats(0.05, 10))
def test_with_that_many_units_the_reach_is_the_minimum_detectable_effect(sd, reach):
    count = units_needed(sd, reach, power=0.8)
    detectable = minimum_detectable_effect(t_interval(sd, count), power=0.8)
    assert detectable <= reach * (1 + 1e-9)
    if count > MINIMUM_UNITS:
        assert detectable >= reach * 0.8


def test_a_reach_of_nothing_takes_more_than_any_number_of_units():
    with pytest.raises(ValueError, match="reach"):
        units_needed(1.0, 0.0)


def test_units_without_spread_need_no_more_than_the_minimum():
    assert units_needed(0.0, 0.1) == MINIMUM_UNITS


def test_the_detectable_effect_has_the_power_that_the_noncentral_t_gives():
    count, sd = 12, 2.0
    effect = minimum_detectable_effect(t_interval(sd, count))
    noncentrality = effect / (sd / math.sqrt(count))
    power = scipy.stats.nct.sf(t_quantile(0.95, count - 1), count - 1, noncentrality)
    assert power == pytest.approx(0.8, abs=0.015)


def test_without_an_interval_nothing_can_be_said():
    pilot = t_estimate([1.0, 2.0], unit="ns")
    assert unit_sd(pilot) is None
    assert minimum_detectable_effect(pilot) is None


def test_an_effect_that_more_looks_may_find_has_to_be_larger():
    units = np.random.default_rng(2).normal(0, 1, 12)
    detectable = [minimum_detectable_effect(rule.estimate(units, unit="ns")) for rule in RULES]
    fixed, looks, stein, sequence = detectable
    assert fixed == stein < looks < sequence


@pytest.mark.parametrize(("rule", "level"), [(RULES[0], 0.95), (RULES[1], 0.9875)])
def test_an_interval_of_several_looks_is_as_wide_as_one_of_a_higher_level(rule, level):
    estimate = rule.estimate(np.random.default_rng(3).normal(0, 1, 8), unit="ns")
    assert look_alike_level(estimate) == pytest.approx(level)


@pytest.mark.parametrize("units", [[1.0, 2.0], [3.0] * 8])
def test_an_interval_without_width_has_the_level_that_it_says(units):
    assert look_alike_level(t_estimate(units, level=0.9, unit="ns")) == 0.9
