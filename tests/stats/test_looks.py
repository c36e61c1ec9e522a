import pytest
from hypothesis import given
from hypothesis import strategies as st

from stats.estimate import MINIMUM_UNITS
from stats.looks import DEFAULT_LOOKS, look_level, planned_looks


def test_four_looks_at_95_percent_have_98_75_percent_each():
    assert look_level(4, 0.95) == pytest.approx(0.9875)
    assert look_level(1, 0.95) == pytest.approx(0.95)


def test_no_look_has_no_level():
    with pytest.raises(ValueError, match="look"):
        look_level(0)


@pytest.mark.parametrize(
    ("most_units", "looks"),
    [
        (5, ()),
        (6, (6,)),
        (7, (6, 7)),
        (16, DEFAULT_LOOKS),
        (20, (6, 8, 12, 16, 20)),
        (24, (6, 8, 12, 16, 24)),
        (100, (6, 8, 12, 16, 24, 32, 48, 64, 96, 100)),
    ],
)
def test_looks_grow_further_apart_and_end_with_the_campaign(most_units, looks):
    assert planned_looks(most_units) == looks


def test_looks_of_one_s_own_go_on_by_doubling():
    assert planned_looks(50, (10,)) == (10, 20, 40, 50)
    assert planned_looks(50, (6, 20)) == (6, 20, 40, 50)


@given(
    st.integers(MINIMUM_UNITS, 10_000),
    st.lists(st.integers(MINIMUM_UNITS, 50), min_size=1, max_size=6, unique=True),
)
def test_the_last_look_is_at_the_end_and_looks_increase(most_units, looks):
    planned = planned_looks(most_units, sorted(looks))
    assert planned[-1] == most_units
    assert list(planned) == sorted(set(planned))
    assert planned[0] >= MINIMUM_UNITS


@pytest.mark.parametrize("looks", [(), (5, 8), (6, 6), (8, 6)])
def test_looks_that_do_not_increase_or_have_no_interval_are_refused(looks):
    with pytest.raises(ValueError, match="looks increase"):
        planned_looks(16, looks)
