import math

import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from stats.estimate import MINIMUM_UNITS, Estimate, t_estimate, t_quantile
from stats.power import minimum_detectable_effect, unit_sd, units_needed


def test_the_spread_between_units_is_found_again_in_the_interval():
    units = np.random.default_rng(1).normal(5, 2, 9)
    estimate = t_estimate(units, unit="ns")
    assert unit_sd(estimate) == pytest.approx(units.std(ddof=1))


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
    half_width = t_quantile(0.95, count - 1) * sd / math.sqrt(count)
    detectable = minimum_detectable_effect(
        Estimate(0.0, -half_width, half_width, 0.95, "ns", count), power=0.8
    )
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
    half_width = t_quantile(0.95, count - 1) * sd / math.sqrt(count)
    effect = minimum_detectable_effect(Estimate(0.0, -half_width, half_width, 0.95, "ns", count))
    noncentrality = effect / (sd / math.sqrt(count))
    power = scipy.stats.nct.sf(t_quantile(0.95, count - 1), count - 1, noncentrality)
    assert power == pytest.approx(0.8, abs=0.015)


def test_without_an_interval_nothing_can_be_said():
    pilot = t_estimate([1.0, 2.0], unit="ns")
    assert unit_sd(pilot) is None
    assert minimum_detectable_effect(pilot) is None
