"""How figures over seeds are made and told."""

import pytest

from perbillion.claims.seed_estimates import (
    above_zero,
    accuracy,
    below_zero,
    compared,
    nats_above,
    points_above,
    told,
)
from report.rounding import with_interval

LOW = (0.951, 0.949, 0.950, 0.952, 0.948, 0.950)
HIGH = tuple(share + 0.01 + 0.0001 * number for number, share in enumerate(LOW))


def test_an_accuracy_is_told_in_per_cent_with_its_interval():
    assert with_interval(accuracy(LOW)) == "95.00 ± 0.15 %"


def test_a_difference_is_paired_by_seed():
    # Unpaired, the spread of 0.14 points would be in it.
    assert told(points_above(HIGH, LOW)) == "1.025 ± 0.020 percentage points"
    assert with_interval(nats_above(HIGH, LOW)) == "0.01025 ± 0.00020 nats"


def test_groups_of_other_seeds_cannot_be_paired():
    with pytest.raises(ValueError, match="zip"):
        points_above(HIGH, LOW[1:])


def test_a_direction_is_said_and_no_minus_sign():
    assert compared(points_above(HIGH, LOW)) == "1.025 ± 0.020 percentage points higher"
    assert compared(points_above(LOW, HIGH)) == "1.025 ± 0.020 percentage points lower"
    assert compared(points_above(LOW, LOW)) == "no higher and no lower (0 ± 0 percentage points)"


def test_what_may_be_chance_is_said_to_be():
    assert compared(points_above((*LOW[:5], 0.97), LOW)).endswith("higher (not told from chance)")


def test_below_six_seeds_there_is_no_direction():
    few = points_above(HIGH[:5], LOW[:5])
    assert not above_zero(few)
    assert not below_zero(few)
    assert told(few) == "≈ 1.0 percentage points (not told from chance)"
