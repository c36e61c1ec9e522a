from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from stats.estimate import around, t_estimate
from stats.interval import IntervalKind, IntervalRule
from stats.verdict import VerdictKind, decide, place

KIND = VerdictKind
MARGIN = 0.01
T_OF_SIX = 2.5705818  # the 97.5 % quantile of Student's t with 5 degrees of freedom


def interval(low, high):
    half_width = (high - low) / 2
    return replace(
        around(
            (low + high) / 2,
            half_width,
            standard_error=half_width / T_OF_SIX,
            degrees_of_freedom=5,
            level=0.95,
            unit="ratio",
            replicates=6,
        ),
        low=low,  # to the bit: the table has edges
        high=high,
    )


TABLE = [
    (0.011, 0.02, KIND.SLOWER),
    (0.01, 0.02, KIND.SLOWER_SIZE_OPEN),  # L = m
    (0.005, 0.02, KIND.SLOWER_SIZE_OPEN),
    (0.005, 0.01, KIND.SLOWER_SIZE_OPEN),  # U = m
    (0.001, 0.009, KIND.SLOWER_NEGLIGIBLE),
    (0.0, 0.009, KIND.EQUIVALENT),  # L = 0
    (-0.005, 0.005, KIND.EQUIVALENT),
    (0.0, 0.0, KIND.EQUIVALENT),
    (0.0, 0.01, KIND.INCONCLUSIVE),  # L = 0, U = m
    (-0.005, 0.02, KIND.INCONCLUSIVE),
    (-0.02, 0.02, KIND.INCONCLUSIVE),
]
MIRRORED = {
    KIND.SLOWER: KIND.FASTER,
    KIND.SLOWER_NEGLIGIBLE: KIND.FASTER_NEGLIGIBLE,
    KIND.SLOWER_SIZE_OPEN: KIND.FASTER_SIZE_OPEN,
}


@pytest.mark.parametrize(("low", "high", "kind"), TABLE)
def test_an_interval_gets_the_verdict_of_the_table(low, high, kind):
    assert place(low, high, MARGIN) is kind
    assert decide(interval(low, high), MARGIN).kind is kind


@pytest.mark.parametrize(("low", "high", "kind"), TABLE)
def test_a_mirrored_interval_gets_the_mirrored_verdict(low, high, kind):
    assert place(-high, -low, MARGIN) is MIRRORED.get(kind, kind)


ends = st.floats(-3, 3)
# Whole numbers hit the edges of the table, floats everything between.
intervals = st.one_of(st.tuples(ends, ends), st.tuples(st.integers(-3, 3), st.integers(-3, 3)))


@settings(deadline=None, max_examples=300)
@given(intervals, st.one_of(st.floats(0.01, 2), st.integers(1, 2)))
def test_every_interval_matches_exactly_one_line(both, margin):
    low, high = sorted(both)
    lines = {
        KIND.SLOWER: low > margin,
        KIND.FASTER: high < -margin,
        KIND.SLOWER_NEGLIGIBLE: low > 0 and high < margin,
        KIND.FASTER_NEGLIGIBLE: high < 0 and low > -margin,
        KIND.SLOWER_SIZE_OPEN: 0 < low <= margin <= high,
        KIND.FASTER_SIZE_OPEN: low <= -margin <= high < 0,
        KIND.EQUIVALENT: -margin < low <= 0 <= high < margin,
    }
    matching = [kind for kind, matches in lines.items() if matches] or [KIND.INCONCLUSIVE]
    assert matching == [place(low, high, margin)]
    assert place(-high, -low, margin) in {
        matching[0],
        MIRRORED.get(matching[0]),
        *(kind for kind, mirror in MIRRORED.items() if mirror is matching[0]),
    }


def test_a_gate_that_fails_makes_any_interval_invalid():
    verdict = decide(interval(0.02, 0.03), MARGIN, invalid=["steal was 4 %"])
    assert verdict.kind is KIND.INVALID
    assert verdict.reasons == ("steal was 4 %",)


@pytest.mark.parametrize("low", [-0.02, 0.012])
def test_a_control_that_is_not_inside_the_margin_leaves_it_inconclusive(low):
    verdict = decide(interval(0.02, 0.03), MARGIN, control=interval(low, 0.015))
    assert verdict.kind is KIND.INCONCLUSIVE
    assert "A/A" in verdict.reasons[0]


def test_a_control_inside_the_margin_changes_nothing():
    verdict = decide(interval(0.02, 0.03), MARGIN, control=interval(-0.009, 0.009))
    assert verdict.kind is KIND.SLOWER


def test_too_few_units_are_inconclusive_and_say_how_many_are_missing():
    verdict = decide(t_estimate([0.01, 0.02], unit="ratio"), MARGIN)
    assert verdict.kind is KIND.INCONCLUSIVE
    assert verdict.more_units == 4
    assert decide(None, MARGIN).more_units == 6


@pytest.mark.parametrize("point", [0.004, 0.008, 0.02, -0.004])
def test_inconclusive_says_how_many_more_units_settle_it(point):
    half_width = 0.03
    verdict = decide(interval(point - half_width, point + half_width), MARGIN)
    assert verdict.kind is KIND.INCONCLUSIVE
    sd = half_width * 6**0.5 / T_OF_SIX
    total = 6 + verdict.more_units
    units = np.random.default_rng(17).normal(point, sd, (4000, total))
    kinds = [decide(t_estimate(campaign, unit="ratio"), MARGIN).kind for campaign in units]
    settled = np.mean([kind is not KIND.INCONCLUSIVE for kind in kinds])
    assert settled >= 0.78


def test_a_control_that_is_too_wide_says_how_many_more_units_bring_it_inside():
    wide = 0.02
    verdict = decide(interval(0.02, 0.03), MARGIN, control=interval(-wide, wide))
    sd = wide * 6**0.5 / T_OF_SIX
    controls = np.random.default_rng(19).normal(0, sd, (4000, 6 + verdict.more_units))
    inside = [t_estimate(campaign, unit="ratio").lies_inside(MARGIN) for campaign in controls]
    assert np.mean(inside) == pytest.approx(0.8, abs=0.03)


def test_a_settled_verdict_asks_for_nothing_more():
    assert decide(interval(0.02, 0.03), MARGIN).more_units is None


def test_what_more_looks_take_is_reckoned_with_the_width_that_they_have():
    units = [-0.03, -0.02, -0.01, 0.02, 0.03, 0.04]
    fixed = decide(IntervalRule().estimate(units, unit="ratio"), MARGIN)
    looks = decide(IntervalRule(IntervalKind.LOOKS, 4).estimate(units, unit="ratio"), MARGIN)
    assert fixed.kind is looks.kind is KIND.INCONCLUSIVE
    assert looks.more_units > fixed.more_units


def test_a_size_that_is_open_says_how_many_more_units_place_it():
    open_size = interval(0.002, 0.014)
    verdict = decide(open_size, MARGIN)
    assert verdict.kind is VerdictKind.SLOWER_SIZE_OPEN
    nearer = decide(interval(0.001, 0.011), MARGIN)
    assert verdict.more_units > nearer.more_units > 0


def test_a_point_on_the_margin_itself_is_never_placed():
    verdict = decide(interval(0.005, 0.015), MARGIN)
    assert verdict.kind is VerdictKind.SLOWER_SIZE_OPEN
    assert verdict.more_units is None
