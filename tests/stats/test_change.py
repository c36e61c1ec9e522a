import numpy as np
import pytest
from scipy import stats as scipy_stats

from stats.change import change_between
from stats.estimate import Estimate, t_estimate
from stats.interval import IntervalRule


def test_a_change_is_now_minus_then_with_both_runs_in_its_width():
    then = t_estimate([1.0, 2.0, 3.0, 4.0, 5.0, 6.0], unit="ratio")
    now = t_estimate([2.0, 3.0, 4.0, 5.0, 6.0, 9.0], unit="ratio")
    change = change_between(then, now)
    assert change.point == pytest.approx(now.point - then.point)
    assert change.half_width == pytest.approx(np.hypot(then.half_width, now.half_width))


def test_its_width_is_at_least_welch_s():
    generator = np.random.default_rng(3)
    for _ in range(50):
        first, second = generator.normal(0, 1, 6), generator.normal(0, generator.random() * 3, 12)
        ours = change_between(t_estimate(first, unit="ratio"), t_estimate(second, unit="ratio"))
        welch = scipy_stats.ttest_ind(second, first, equal_var=False).confidence_interval(0.95)
        assert ours.low <= welch.low + 1e-12
        assert ours.high >= welch.high - 1e-12


@pytest.mark.parametrize("units", [(6, 6), (6, 16), (12, 8)])
def test_it_misses_no_more_than_one_change_in_twenty(units):
    generator = np.random.default_rng(1)
    missed = 0
    for _ in range(2000):
        then, now = (t_estimate(generator.normal(0.02, 0.004, n), unit="ratio") for n in units)
        missed += change_between(then, now).excludes_zero
    # Three standard errors of 2,000 trials above 5 %.
    assert missed / 2000 < 0.065


def test_it_keeps_what_planned_looks_have_made_of_an_interval():
    values = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0]
    plain = t_estimate(values, unit="ratio")
    looked = IntervalRule.planned(4, None).estimate(np.array(values), level=0.95, unit="ratio")
    assert change_between(plain, looked).half_width > change_between(plain, plain).half_width


def test_without_an_interval_of_either_run_there_is_none_of_the_change():
    few, enough = t_estimate([1.0, 2.0], unit="ratio"), t_estimate(range(6), unit="ratio")
    assert change_between(few, enough).low is None
    assert change_between(enough, few).point == pytest.approx(1.5 - 2.5)


def test_estimates_of_other_units_or_levels_have_no_change():
    ratio = t_estimate(range(6), unit="ratio")
    with pytest.raises(ValueError, match="cannot be compared"):
        change_between(ratio, t_estimate(range(6), unit="µs"))
    with pytest.raises(ValueError, match="cannot be compared"):
        change_between(ratio, Estimate(0.0, -1.0, 1.0, 0.99, "ratio", 6))
