"""C8 and C9: probabilities by layer, and evaluation mode."""

import pytest

from contract.ledger import Settlement
from perbillion.claims.usage import settle_c8, settle_c9


def test_c8_holds_where_each_layer_s_own_factor_stands_in_the_graph(mnist):
    as_float32 = mnist.part("exported", factors=(0.800000011920929, 0.5)).evidence
    claim = settle_c8(as_float32)
    assert claim.verdict is Settlement.HOLDS
    assert "multiplies by 0.8 and 0.5" in claim.because


@pytest.mark.parametrize("factors", [(), (0.5,), (0.2, 0.5), (0.5, 0.8), (0.8, 0.5, 0.5)])
def test_c8_does_not_hold_where_the_factors_are_others(mnist, factors):
    assert settle_c8(mnist.part("exported", factors=factors).evidence).verdict is Settlement.FAILS


def test_c9_holds_where_forgetting_eval_costs_accuracy(mnist):
    claim = settle_c9(mnist.evidence)
    assert claim.verdict is Settlement.HOLDS
    assert "9.24 ± 0.24 percentage points lower" in claim.because
    assert any("in training mode" in figure.value for figure in claim.figures)


def test_random_predictions_that_are_as_good_are_a_condition(mnist):
    right = mnist.evidence.forgotten_eval.accuracy_eval
    as_good = mnist.part("forgotten_eval", accuracy_forgotten=right).evidence
    assert settle_c9(as_good).verdict is Settlement.CONDITION


def test_c9_does_not_hold_where_no_prediction_changes(mnist):
    right = mnist.evidence.forgotten_eval.accuracy_eval
    still = mnist.part(
        "forgotten_eval", accuracy_forgotten=right, changed=tuple(0.0 for _ in right)
    ).evidence
    assert settle_c9(still).verdict is Settlement.FAILS


def test_an_export_that_did_not_refuse_is_told(mnist):
    figures = settle_c9(mnist.part("exported", refusal="").evidence).figures
    assert figures[-1].value == "nothing: it was exported"
