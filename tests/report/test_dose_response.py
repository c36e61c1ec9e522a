import numpy as np
import pytest

from report.dose_response import dose_response_facts
from stats.estimate import t_estimate
from stats.interval import IntervalRule
from synthetic_machine import SCALINGS, holds

SERIES = ("regular", "regular-x2", "regular-x4", "regular-x8")


@pytest.mark.parametrize(
    ("place", "instrument", "slope_us", "intercept_us"),
    [(0, "in_process", 0.5, 0.1), (1, "doses_cpu", 1.1, 0.2)],
)
def test_what_one_more_scaling_costs_in_truth_is_found_again(
    analysis, place, instrument, slope_us, intercept_us
):
    response = analysis.result.dose_responses[place]
    assert response.instrument == instrument
    assert (response.arms, response.scalings) == (SERIES, (2, 4, 8, 16))
    assert holds(response.slope, slope_us)
    assert holds(response.intercept, intercept_us)
    assert [step.point for step in response.steps] == pytest.approx([slope_us] * 3, rel=0.1)
    assert not response.falls


def test_its_points_are_the_instrument_s_mean_differences(analysis):
    result = analysis.result
    for response in result.dose_responses:
        measured = result.instrument(response.instrument)
        assert response.differences == tuple(
            measured.difference(arm, "mean").absolute for arm in SERIES
        )


def test_its_slope_is_the_mean_of_the_units_slopes(analysis):
    measured = analysis.result.instrument("in_process")
    units_us = np.array([measured.difference(arm).absolute_by_unit_us for arm in SERIES])
    slopes = np.polyfit([SCALINGS[arm] for arm in SERIES], units_us, 1)[0]
    expected = t_estimate(slopes, unit="µs")
    found = analysis.result.dose_responses[0].slope
    assert (found.point, found.half_width) == pytest.approx((expected.point, expected.half_width))


@pytest.mark.parametrize("scalings", [dict.fromkeys(SERIES, 0), dict.fromkeys(SERIES, 2)])
def test_graphs_without_more_and_more_scalings_make_no_line(analysis, scalings):
    measured = analysis.result.instrument("in_process")
    assert dose_response_facts(measured, scalings, IntervalRule(), 0.95) is None


def test_an_instrument_that_measured_one_arm_of_the_series_makes_no_line(analysis):
    measured = analysis.result.instrument("cpu_per_request")
    assert dose_response_facts(measured, SCALINGS, IntervalRule(), 0.95) is None
