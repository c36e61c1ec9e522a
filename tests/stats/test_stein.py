import numpy as np
import pytest
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st

from stats.estimate import MINIMUM_UNITS
from stats.stein import stein_estimate, stein_units

# A first stage with a standard deviation of exactly 1.
FIRST = np.array([-1.0, -1.0, -0.5, 0.5, 1.0, 1.0]) / np.sqrt(4.5 / 5)

T_OF_SIX = 2.5705818  # the 97.5 % quantile of Student's t with 5 degrees of freedom


def test_the_number_of_units_by_hand():
    # t(5, 0.975) = 2.5706; (2.5706 · 1 / 0.5)² = 26.4.
    assert FIRST.std(ddof=1) == pytest.approx(1)
    assert stein_units(FIRST, 0.5) == 27
    assert stein_units(FIRST, 2.0) == 6


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.floats(-100, 100), min_size=MINIMUM_UNITS, max_size=20),
    st.floats(0.5, 100),
    st.sampled_from([0.9, 0.95, 0.99]),
)
def test_with_that_many_units_the_half_width_is_at_most_the_target(first, target, level):
    count = stein_units(first, target, level)
    second = np.zeros(count - len(first))
    estimate = stein_estimate(np.concatenate([first, second]), len(first), level=level, unit="ns")
    assert estimate.half_width <= target * (1 + 1e-9)
    assert estimate.replicates == count


def test_the_half_width_that_was_planned_covers_whatever_the_spread():
    rng = np.random.default_rng(41)
    for sd in (0.3, 1.0, 3.0):
        # The mean of the second stage's units, drawn at once.
        first = rng.normal(0, sd, (4000, 6))
        covered = 0
        for stage in first:
            count = stein_units(stage, 1.0)
            rest = rng.normal(0, sd / np.sqrt(count - 6)) * (count - 6) if count > 6 else 0.0
            half_width = T_OF_SIX * stage.std(ddof=1) / np.sqrt(count)
            covered += abs(stage.sum() + rest) / count <= half_width
        assert 0.94 <= covered / 4000 <= 0.96, sd


def test_a_campaign_that_was_cut_short_in_its_first_stage_gets_a_plain_t_interval():
    estimate = stein_estimate(FIRST, 12, unit="ns")
    expected = scipy.stats.ttest_1samp(FIRST, 0).confidence_interval(0.95)
    assert (estimate.low, estimate.high) == pytest.approx(tuple(expected))
    assert estimate.degrees_of_freedom == 5


@pytest.mark.parametrize(("first", "target"), [(FIRST, 0.0), (FIRST, -1.0), (FIRST[:5], 1.0)])
def test_a_target_or_a_first_stage_that_plans_nothing_is_refused(first, target):
    with pytest.raises(ValueError, match=r"half-width|first stage"):
        stein_units(first, target)
