import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from stats.estimate import MINIMUM_UNITS, Estimate, t_estimate, t_quantile

values = st.lists(st.floats(-1e6, 1e6), min_size=MINIMUM_UNITS, max_size=40)


@settings(deadline=None, max_examples=50)
@given(values, st.sampled_from([0.9, 0.95, 0.999]))
def test_the_interval_agrees_with_scipy(units, level):
    estimate = t_estimate(units, level=level, unit="ns")
    # SciPy's interval of the one-sample t test is the same quantity by another road.
    if np.ptp(units) > 1e-3:
        expected = scipy.stats.ttest_1samp(units, 0).confidence_interval(level)
        assert (estimate.low, estimate.high) == pytest.approx(tuple(expected), rel=1e-9, abs=1e-9)


def test_the_t_quantiles_are_those_of_the_published_table():
    table = {1: 12.706, 5: 2.571, 11: 2.201, 30: 2.042, 120: 1.980}
    for degrees, quantile in table.items():
        assert t_quantile(0.95, degrees) == pytest.approx(quantile, abs=5e-4)


def test_student_s_own_data_give_his_mean_and_the_known_interval():
    # Additional hours of sleep, Student 1908 (R's `sleep`, paired): 1.58, 0.7001 to 2.4599.
    hours = [1.2, 2.4, 1.3, 1.3, 0.0, 1.0, 1.8, 0.8, 4.6, 1.4]
    estimate = t_estimate(hours, unit="h")
    assert (estimate.point, estimate.low, estimate.high) == pytest.approx(
        (1.58, 0.7001142, 2.4598858), abs=1e-6
    )


@pytest.mark.parametrize("count", range(1, MINIMUM_UNITS))
def test_below_six_units_there_is_a_point_and_no_interval(count):
    estimate = t_estimate(np.arange(1.0, count + 1), unit="ns")
    assert estimate.point == (count + 1) / 2
    assert estimate.low is estimate.high is estimate.half_width is None
    assert estimate.standard_error is estimate.degrees_of_freedom is None
    assert not estimate.excludes_zero
    assert not estimate.lies_inside(100)


def test_from_six_units_on_there_is_an_interval():
    assert t_estimate(np.arange(6.0), unit="ns").half_width > 0


@pytest.mark.parametrize("units", [[], [1.0, float("nan")], [[1.0, 2.0]], [float("inf")]])
def test_values_that_are_no_units_are_refused(units):
    with pytest.raises(ValueError, match="one a unit"):
        t_estimate(units, unit="ns")


def test_an_interval_tells_the_spread_that_it_was_made_from():
    units = np.random.default_rng(5).normal(3, 2, 8)
    estimate = t_estimate(units, unit="ns")
    assert estimate.standard_error == pytest.approx(scipy.stats.sem(units))
    assert estimate.degrees_of_freedom == 7
    assert estimate.half_width == pytest.approx(t_quantile(0.95, 7) * estimate.standard_error)


def test_another_unit_of_measure_scales_point_interval_and_standard_error():
    scaled = Estimate(1100.0, 1000.0, 1200.0, 0.95, "ns", 6, 39.0, 5).scaled(1e-3, "µs")
    assert scaled == Estimate(1.1, 1.0, 1.2, 0.95, "µs", 6, 0.039, 5)
    assert Estimate(2.0, None, None, 0.95, "ns", 2).scaled(2, "x").point == 4


@pytest.mark.parametrize("factor", [0.0, -1.0, float("nan")])
def test_a_factor_that_would_turn_the_interval_round_is_refused(factor):
    with pytest.raises(ValueError, match="positive"):
        Estimate(1.0, 0.5, 1.5, 0.95, "ns", 6).scaled(factor, "µs")


@pytest.mark.parametrize(
    ("low", "high", "excludes", "inside"),
    [
        (0.1, 0.9, True, True),
        (-0.9, -0.1, True, True),
        (-0.1, 0.1, False, True),
        (0.0, 0.5, False, True),
        (0.5, 1.0, True, False),
        (-1.0, 0.5, False, False),
        (2.0, 3.0, True, False),
    ],
)
def test_detection_and_place_are_read_off_the_interval(low, high, excludes, inside):
    estimate = Estimate((low + high) / 2, low, high, 0.95, "ratio", 6)
    assert estimate.excludes_zero is excludes
    assert estimate.lies_inside(1.0) is inside
