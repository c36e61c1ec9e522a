import pytest

from loadtest.wire.rate_bracket import RateBracket


def searched(limit_hz, probes, saturated_hz=1_000.0):
    """Search where every rate up to a limit holds."""
    bracket = RateBracket.below(saturated_hz)
    for _ in range(probes):
        bracket = bracket.narrowed(held=bracket.middle_hz <= limit_hz)
    return bracket


@pytest.mark.parametrize("limit_hz", [301, 640, 750, 875.5, 999])
def test_the_largest_rate_is_found_to_a_sixteenth_of_the_bracket_in_four_probes(limit_hz):
    bracket = searched(limit_hz, 4)
    assert bracket.high_hz - bracket.low_hz == pytest.approx(700 / 16)
    assert bracket.low_hz <= limit_hz <= bracket.high_hz


def test_what_is_found_is_a_rate_that_was_seen_to_hold():
    bracket = searched(900, 6)
    assert bracket.held_hz == bracket.low_hz <= 900


def test_where_no_probe_held_no_rate_is_told():
    assert searched(0, 6).held_hz is None


def test_without_a_probe_no_rate_is_told():
    assert RateBracket.below(1_000.0).held_hz is None
