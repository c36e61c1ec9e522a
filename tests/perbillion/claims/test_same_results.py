"""C5: three readings of "exactly the same results", each by its figures."""

import pytest

from contract.ledger import Settlement
from perbillion.claims.same_results import settle_c5


def _pairs(evidence, matching, change):
    return tuple(change(pair) if pair.matching == matching else pair for pair in evidence.pairs)


def _the_same(pair):
    return pair.model_copy(update={"largest_logit_difference": 0.0, "different_predictions": 0})


def _apart(pair):
    return pair.model_copy(update={"largest_logit_difference": 0.3, "different_predictions": 2})


def test_only_matched_trainings_agree_is_the_condition(mnist):
    claim = settle_c5(mnist.evidence)
    assert claim.verdict is Settlement.CONDITION
    for reading in (
        "they are the same function: equal to the bit in all 200 cases at p = 0.5",
        "at p = 0.5 after 1 epoch the same to the bit",
        "logits up to 12.4 ± 1.4 apart, 2.33 ± 0.17 % of the test images predicted differently",
    ):
        assert reading in claim.because


def test_all_three_readings_alike_make_it_hold(mnist):
    alike = mnist.but(pairs=_pairs(mnist.evidence, "naive", _the_same)).evidence
    claim = settle_c5(alike)
    assert claim.verdict is Settlement.HOLDS
    assert "they are the same as well" in claim.because


@pytest.mark.parametrize(
    ("name", "largest"), [("two-eval-forms-half", 1e-9), ("two-eval-forms", 0.01)]
)
def test_one_network_that_differs_from_itself_fails_it(mnist, name, largest):
    wrong = mnist.identity(name, unequal=1, largest_difference=largest).evidence
    assert settle_c5(wrong).verdict is Settlement.FAILS


def test_matched_trainings_that_part_are_told_as_such(mnist):
    apart = mnist.but(pairs=_pairs(mnist.evidence, "matched", _apart)).evidence
    claim = settle_c5(apart)
    assert claim.verdict is Settlement.CONDITION
    assert "they are not the same even where start and learning rate are matched" in claim.because


def test_rounding_that_training_amplifies_is_no_parting(mnist):
    (late,) = (
        p for p in mnist.evidence.pairs if p.matching == "matched" and p.p == 0.2 and p.epochs > 1
    )
    assert late.different_predictions > 0
    assert "but for rounding, which training amplifies" in settle_c5(mnist.evidence).because
