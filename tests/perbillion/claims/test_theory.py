"""C4: the verdict follows the run, whatever it says."""

import pytest

from contract.ledger import Settlement
from perbillion.claims.theory import settle_c4
from synthetic_machine import doses

_FREE = {
    "in_process_us": doses(0.0, 0.0, -11.0),
    "cpu_us": {},
    "client_us": {},
    "handler_us": {},
}


def test_without_a_run_the_theory_is_open_and_says_what_measures_it():
    claim = settle_c4(None)
    assert claim.verdict is Settlement.OPEN
    assert "perbillion run --profile standard" in claim.because


def test_a_cost_that_folding_takes_away_is_the_condition(sound_result):
    claim = settle_c4(sound_result)
    assert claim.verdict is Settlement.CONDITION
    assert claim.because.startswith("The cost is real, so the direction is right.")
    assert "core-hours ($0.0256 ± 0.0031) by the server's own CPU clock" in claim.because
    assert "2 Mul" in claim.because


def test_its_figures_go_from_multiplications_to_dollars_and_tell_what_folding_leaves(sound_result):
    figures = {figure.name: figure.value for figure in settle_c4(sound_result).figures}
    assert figures["Multiplications by 1-p (census of the graph)"].startswith("120 ")
    assert figures[
        "Dollars per billion predictions (CPU per request and a core's price)"
    ].startswith("$0.0256 ± 0.0031")
    assert figures["folded beyond inverted, CPU per request"].startswith("0.02 ± 0.19 µs")


def test_what_was_not_measured_is_no_figure(result_of):
    result = result_of(instructions=False)
    assert not any("Instructions" in figure.name for figure in settle_c4(result).figures)


def test_a_cost_that_stays_when_folded_makes_the_theory_hold(result_of):
    as_dear = {"regular": 2.4, "folded": 2.4}
    result = result_of(
        cpu_us=as_dear, client_us=as_dear, in_process_us=doses(0.5, 0.1, -11.0) | {"folded": 1.1}
    )
    claim = settle_c4(result)
    assert claim.verdict is Settlement.HOLDS
    assert "does not take it away" in claim.because


def test_a_cost_within_the_margin_that_is_not_detected_fails_the_theory(result_of):
    result = result_of(**_FREE)
    assert settle_c4(result).verdict is Settlement.FAILS


def test_scalings_that_make_a_prediction_cheaper_fail_the_theory(result_of):
    result = result_of(**_FREE | {"cpu_us": {"regular": -6.0}})
    claim = settle_c4(result)
    assert claim.verdict is Settlement.FAILS
    assert "costs less, not more" in claim.because


@pytest.mark.parametrize("noise", [{"served_starts": 4, "in_process_starts": 4}])
def test_a_run_without_an_interval_leaves_it_open(result_of, noise):
    assert settle_c4(result_of(**noise)).verdict is Settlement.OPEN
