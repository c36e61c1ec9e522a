import numpy as np
import pytest

from stats.estimate import t_quantile
from stats.spread import UnitSpread, expected_half_width, variance_of_mean

WITHIN, BETWEEN = 0.004, 0.003


def test_the_two_parts_of_a_spread_come_back_on_average():
    rng = np.random.default_rng(3)
    units = rng.normal(0, BETWEEN, (4000, 8)) + rng.normal(0, WITHIN, (4000, 8))
    parts = np.array([UnitSpread.of(row, WITHIN**2).between ** 2 for row in units])
    # Cutting off at zero favours large values a little.
    assert parts.mean() == pytest.approx(BETWEEN**2, rel=0.2)
    assert UnitSpread.of(units.ravel(), WITHIN**2).between == pytest.approx(BETWEEN, rel=0.05)


def test_units_that_vary_less_than_their_starts_explain_have_nothing_between_them():
    spread = UnitSpread.of([0.01, 0.01, 0.0101], 1e-6)
    assert spread.between == 0.0
    assert spread.within == pytest.approx(1e-3)
    assert spread.units == 3


def test_longer_starts_lessen_what_is_within_and_nothing_else():
    spread = UnitSpread(within=WITHIN, between=BETWEEN, units=6)
    assert spread.sd() == pytest.approx(0.005)
    assert spread.sd(4) == pytest.approx(np.hypot(0.002, BETWEEN))
    assert spread.sd(1e12) == pytest.approx(BETWEEN)


def test_one_unit_has_no_spread():
    with pytest.raises(ValueError, match="one unit"):
        UnitSpread.of([0.01], 1e-6)


@pytest.mark.parametrize(("seen", "units"), [(6, 6), (6, 16), (6, 48), (12, 8)])
def test_four_half_widths_in_five_lie_in_the_range_that_was_expected(seen, units):
    rng = np.random.default_rng(units)
    hits = []
    for _ in range(4000):
        probe, campaign = rng.normal(size=seen), rng.normal(size=units)
        expected = expected_half_width(probe.std(ddof=1), seen, units)
        found = t_quantile(0.95, units - 1) * campaign.std(ddof=1) / units**0.5
        hits.append(expected.low <= found <= expected.high)
    assert np.mean(hits) == pytest.approx(0.8, abs=0.03)


def test_the_typical_half_width_is_that_of_the_spread_that_was_seen():
    expected = expected_half_width(0.5, 6, 16, level=0.9875)
    assert expected.typical == pytest.approx(t_quantile(0.9875, 15) * 0.5 / 4)


def test_batches_see_what_neighbouring_rounds_have_in_common():
    rng = np.random.default_rng(5)
    truth, told, naive = [], [], []
    for _ in range(400):
        noise = np.empty(4000)
        noise[0] = rng.normal()
        steps = rng.normal(size=4000)
        for index in range(1, 4000):
            noise[index] = 0.9 * noise[index - 1] + steps[index]
        truth.append(noise.mean())
        told.append(variance_of_mean(noise.reshape(10, 400).mean(axis=1)))
        naive.append(noise.var(ddof=1) / noise.size)
    assert np.mean(told) == pytest.approx(np.var(truth), rel=0.2)
    assert np.mean(naive) < 0.2 * np.var(truth)
