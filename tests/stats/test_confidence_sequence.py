import math

import numpy as np
import pytest
import scipy.integrate
import scipy.stats
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from stats.confidence_sequence import (
    MIXTURE_SD,
    sequence_estimate,
    sequence_half_widths,
    sequence_multiplier,
)
from stats.estimate import MINIMUM_UNITS, t_quantile


@pytest.mark.parametrize("count", [6, 9, 16, 60])
@pytest.mark.parametrize("level", [0.9, 0.95])
def test_at_the_interval_s_end_the_mixture_is_one_over_alpha_as_likely(count, level):
    # The noncentral t density, mixed over effect sizes by quadrature, over the central one:
    # the definition of the likelihood ratio, of which the module has the closed form.
    t = sequence_multiplier(count, level)

    def weighted(effect):
        return scipy.stats.nct.pdf(t, count - 1, effect * math.sqrt(count)) * scipy.stats.norm.pdf(
            effect, scale=MIXTURE_SD
        )

    mixed, _ = scipy.integrate.quad(weighted, -4, 4, points=[0, t / math.sqrt(count)], limit=200)
    assert mixed / scipy.stats.t.pdf(t, count - 1) == pytest.approx(1 / (1 - level), rel=1e-3)


def test_the_multiplier_by_hand():
    # n = 6: g = 25, A = (5 / 0.05)^(1/3) = 4.6416, u = 3.6416 / (1 - 0.18566) = 4.4718.
    assert sequence_multiplier(6) == pytest.approx(math.sqrt(4.4718 * 5), rel=1e-4)


def test_so_few_units_exclude_nothing():
    assert [math.isinf(sequence_multiplier(count)) for count in (1, 2, 3, 4)] == [True] * 3 + [
        False
    ]


@given(st.integers(MINIMUM_UNITS, 2000))
def test_a_sequence_is_wider_than_any_single_interval(count):
    assert sequence_multiplier(count) > t_quantile(0.95, count - 1)


@settings(deadline=None, max_examples=50)
@given(
    hnp.arrays(np.float64, st.integers(1, 30), elements=st.floats(-100, 100)),
    st.sampled_from([0.0, 1e6]),
)
def test_every_prefix_has_the_half_width_of_its_own_estimate(units, offset):
    units = units + offset
    half_widths = sequence_half_widths(units)
    for count, half_width in enumerate(half_widths, start=1):
        alone = sequence_estimate(units[:count], unit="ns").half_width
        if alone is None:
            assert math.isinf(half_width)
        else:
            assert half_width == pytest.approx(alone, rel=1e-6, abs=1e-6)


def test_no_interval_of_95_percent_of_sequences_ever_excludes_the_truth():
    units = np.random.default_rng(43).normal(0, 1, (2000, 40))
    means = units.cumsum(axis=1) / np.arange(1, 41)
    held = [
        (np.abs(mean) <= sequence_half_widths(one)).all()
        for one, mean in zip(units, means, strict=True)
    ]
    assert np.mean(held) >= 0.95


def test_units_that_are_all_alike_have_an_interval_of_no_width():
    assert sequence_half_widths([2.0] * 8)[-1] == 0
    assert math.isinf(sequence_half_widths([2.0] * 8)[4])


def test_values_that_are_no_units_are_refused():
    with pytest.raises(ValueError, match="one a unit"):
        sequence_half_widths([1.0, float("nan")])
