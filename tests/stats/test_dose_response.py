import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stats.dose_response import GATE_LEVEL, dose_response, falls_significantly
from stats.interval import IntervalKind, IntervalRule

DOSES = (2, 4, 8, 16)
FIXED = IntervalRule()


def costs(units=8, slope=400.0, intercept=300.0, noise=50.0, seed=15):
    """Differences in ns of every dose from the reference; shape (units, doses)."""
    rng = np.random.default_rng(seed)
    return intercept + slope * np.array(DOSES) + rng.normal(0, noise, (units, len(DOSES)))


def test_a_straight_line_is_found_again():
    response = dose_response(costs(noise=0.0), DOSES, FIXED, unit="ns")
    assert response.slope.point == pytest.approx(400)
    assert response.intercept.point == pytest.approx(300)
    assert [step.point for step in response.steps] == pytest.approx([400] * 3)


def test_the_line_through_each_unit_is_scipy_s():
    by_unit = costs()
    response = dose_response(by_unit, DOSES, FIXED, unit="ns")
    lines = [scipy.stats.linregress(DOSES, unit) for unit in by_unit]
    expected = FIXED.estimate([line.slope for line in lines], unit="ns")
    assert response.slope.point == pytest.approx(expected.point)
    assert response.slope.half_width == pytest.approx(expected.half_width)
    assert response.intercept.point == pytest.approx(np.mean([line.intercept for line in lines]))


def test_what_each_further_one_costs_falls_where_the_response_bends():
    by_unit = costs(noise=0.0) - 5 * np.array(DOSES) ** 2
    response = dose_response(by_unit, DOSES, FIXED, unit="ns")
    assert [step.point for step in response.steps] == pytest.approx([370, 340, 280])


def test_intervals_are_made_by_the_campaign_s_rule():
    looks = IntervalRule(IntervalKind.LOOKS, looks=4)
    narrow = dose_response(costs(), DOSES, FIXED, unit="ns")
    wide = dose_response(costs(), DOSES, looks, unit="ns")
    assert wide.slope.half_width > narrow.slope.half_width
    assert wide.steps[0].half_width > narrow.steps[0].half_width


@settings(deadline=None, max_examples=50)
@given(
    hnp.arrays(np.float64, (6, 4), elements=st.floats(-1e4, 1e4)),
    st.floats(-100, 100),
    st.floats(-100, 100),
)
def test_a_line_that_is_added_is_added_to_slope_and_intercept(by_unit, slope, intercept):
    before = dose_response(by_unit, DOSES, FIXED, unit="ns")
    line = intercept + slope * np.array(DOSES)
    after = dose_response(by_unit + line, DOSES, FIXED, unit="ns")
    assert after.slope.point == pytest.approx(before.slope.point + slope, abs=1e-6)
    assert after.intercept.point == pytest.approx(before.intercept.point + intercept, abs=1e-6)


@pytest.mark.parametrize("doses", [(2,), (4, 2, 8, 16), (2, 2, 8, 16), (2, 4, 8)])
def test_doses_that_make_no_line_are_refused(doses):
    with pytest.raises(ValueError, match="ascending doses"):
        dose_response(costs(), doses, FIXED, unit="ns")


def test_a_response_that_falls_between_two_doses_is_called_so():
    by_unit = costs()
    assert not falls_significantly(by_unit)
    by_unit[:, 2] -= 4000
    assert falls_significantly(by_unit)


def test_a_fall_that_chance_explains_is_let_pass():
    by_unit = costs(noise=2000.0, slope=0.0)
    assert (np.diff(by_unit.mean(axis=0)) < 0).any()
    assert not falls_significantly(by_unit)


def test_each_step_s_test_is_scipy_s_one_sided_t_test():
    for seed in range(40):
        by_unit = costs(slope=-8.0, noise=15.0, seed=seed)
        p_values = scipy.stats.ttest_1samp(np.diff(by_unit), 0, alternative="less").pvalue
        assert falls_significantly(by_unit) is bool((p_values < GATE_LEVEL).any())


def test_a_flat_response_fails_the_gate_once_in_a_thousand_at_most():
    rng = np.random.default_rng(16)
    failed = [falls_significantly(rng.normal(0, 1, (6, 4))) for _ in range(10_000)]
    assert sum(failed) <= 20


def test_below_six_units_nothing_is_tested():
    falling = np.tile([4.0, 3.0, 2.0, 1.0], (5, 1))
    assert not falls_significantly(falling)
    assert falls_significantly(np.tile([4.0, 3.0, 2.0, 1.0], (6, 1)))
