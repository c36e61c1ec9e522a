import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from report.rounding import (
    bare_interval,
    count,
    dollars,
    glued,
    p_value,
    percent,
    rounded,
    share,
    significant,
    unglued,
    with_interval,
)
from stats.estimate import Estimate

MINUS = "\N{MINUS SIGN}"


def estimate(point, half_width, unit="µs"):
    return Estimate(point, point - half_width, point + half_width, 0.95, unit, 6)


def pilot(point, unit="µs"):
    return Estimate(point, None, None, 0.95, unit, 2)


@pytest.mark.parametrize(
    ("point", "half_width", "text"),
    [
        (1.1012, 0.1234, "1.10 ± 0.12"),
        (1.1012, 0.0996, "1.10 ± 0.10"),
        (1.1012, 0.00996, "1.101 ± 0.010"),
        (-0.0004, 0.051, "0.000 ± 0.051"),
        (-0.04, 0.5, "\N{MINUS SIGN}0.04 ± 0.50"),
        (2431.0, 430.4, "2,430 ± 430"),
        (14.0, 99.6, "10 ± 100"),
        (4.4, 31.2, "4 ± 31"),
        (123456.0, 9999.0, "123,000 ± 10,000"),
        (5.0, 0.0, "5.00 ± 0"),
    ],
)
def test_a_figure_has_the_digits_that_its_interval_supports(point, half_width, text):
    assert bare_interval(estimate(point, half_width)) == text


@settings(deadline=None, max_examples=200)
@given(st.floats(-1e6, 1e6), st.floats(1e-6, 1e6))
def test_two_significant_digits_of_the_half_width_and_the_point_to_the_same_place(
    point, half_width
):
    told = (
        bare_interval(estimate(point, half_width)).replace(",", "").replace("\N{MINUS SIGN}", "-")
    )
    shown_point, shown_half = told.split(" ± ")
    assert len(re.sub(r"^[0.]+|\.", "", shown_half).rstrip("0")) <= 2
    assert float(shown_half) == pytest.approx(half_width, rel=0.06)
    assert abs(float(shown_point) - point) <= 0.051 * half_width + 1e-9
    decimals = [len(part.partition(".")[2]) for part in (shown_point, shown_half)]
    assert decimals[0] == decimals[1]


def test_without_an_interval_a_figure_is_marked_and_has_two_digits():
    assert with_interval(pilot(1.1012)) == "≈ 1.1 µs"
    assert dollars(pilot(-0.0312)) == "≈ \N{MINUS SIGN}$0.031"


def test_units_percentages_and_dollars():
    assert with_interval(estimate(1.1, 0.12)) == "1.10 ± 0.12 µs"
    assert percent(estimate(0.0132, 0.0013, "ratio")) == "1.32 ± 0.13 %"
    assert dollars(estimate(0.0273, 0.0027)) == "$0.0273 ± 0.0027"
    assert dollars(estimate(-0.01, 0.02)) == "\N{MINUS SIGN}$0.010 ± 0.020"
    assert share(0.00204) == "0.20 %"
    assert share(0.0) == "0 %"


@pytest.mark.parametrize(
    ("value", "half_width", "text"),
    [(13.413, 0.08, "13.4"), (456.1, 23.0, "456"), (1234.0, 260.0, "1,230"), (456.1, 0.0, "456")],
)
def test_a_level_has_at_most_three_digits_and_no_more_than_its_interval(value, half_width, text):
    assert rounded(estimate(value, half_width)) == text


def test_significant_digits_of_small_large_and_no_numbers():
    assert [significant(value, 2) for value in (0.0, 0.0123, -0.0123, 98765.0)] == [
        "0",
        "0.012",
        "\N{MINUS SIGN}0.012",
        "99,000",
    ]


def test_a_quantity_is_not_torn_apart_at_the_end_of_a_line():
    line = "it is 1.10 ± 0.12 µs, 8 % of it"
    assert glued(line) == "it is 1.10\xa0±\xa00.12\xa0µs, 8\xa0% of it"
    assert unglued(glued(line)) == line


def test_signs_and_hyphens_are_no_places_to_break_a_line():
    line = f"{MINUS}$0.01 ± 0.02, 1 core-hours, dropconnect-sampled, regular-x2 in-process"
    told = glued(line)
    assert told.startswith(f"{MINUS}\u2060$0.01\xa0±\xa00.02, 1\xa0core-\u2060hours")
    assert told.endswith(", dropconnect-\u2060sampled, regular-\u2060x2 in-process")
    assert unglued(glued(line)) == line


def test_one_thing_is_singular():
    assert [count(number, "unit") for number in (0, 1, 1200)] == [
        "0 units",
        "1 unit",
        "1,200 units",
    ]


@pytest.mark.parametrize(
    ("probability", "text"),
    [
        (1.0, "p = 1.00"),
        (0.5, "p = 0.50"),
        (0.0123, "p = 0.012"),
        (0.00123, "p = 0.0012"),
        (0.0, "p < 0.0001"),
    ],
)
def test_a_p_value_has_two_digits_and_is_never_zero(probability, text):
    assert p_value(probability) == text
