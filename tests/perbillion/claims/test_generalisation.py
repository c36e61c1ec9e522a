"""C10: gaps over seeds, and the notebook's printed figures."""

import pytest

from contract.ledger import Settlement
from perbillion.claims.generalisation import settle_c10
from synthetic_lecture import lecture_evidence


@pytest.fixture
def closed(mnist):
    """Evidence in which dropout leaves no gap."""
    train = mnist.evidence.group("inverted").train_accuracy
    return mnist.group("inverted", validation_accuracy=train)


def test_c10_holds_where_the_gap_closes_accuracy_falls_and_the_notebook_comes_back(closed):
    claim = settle_c10(closed.evidence)
    assert claim.verdict is Settlement.HOLDS
    assert "gives the notebook's results again" in claim.because


def test_a_gap_that_is_narrower_and_not_gone_is_a_condition(mnist):
    claim = settle_c10(mnist.evidence)
    assert claim.verdict is Settlement.CONDITION
    assert "narrower, not gone: 0.127 ± 0.078 percentage points" in claim.because


def test_accuracy_that_does_not_fall_is_a_condition(closed):
    better = closed.group("inverted", test_accuracy=lambda share: share + 0.02).evidence
    assert settle_c10(better).verdict is Settlement.CONDITION


def test_a_notebook_that_does_not_come_back_is_a_condition(closed):
    off = closed.every(
        "notebook",
        lambda network: network.model_copy(
            update={"final": tuple(share - 0.004 for share in network.printed_final)}
        ),
    ).evidence
    claim = settle_c10(off)
    assert claim.verdict is Settlement.CONDITION
    assert "does not give its results again" in claim.because
    assert "0.40 points apart" in claim.because


def test_c10_does_not_hold_where_nothing_overfits(mnist):
    train = mnist.evidence.group("none").train_accuracy
    sound = mnist.group("none", validation_accuracy=train).evidence
    assert settle_c10(sound).verdict is Settlement.FAILS


def test_c10_does_not_hold_where_dropout_leaves_the_gap_as_it_is(mnist):
    without = mnist.evidence.group("none")
    useless = mnist.group(
        "inverted",
        train_accuracy=without.train_accuracy,
        validation_accuracy=without.validation_accuracy,
    ).evidence
    assert settle_c10(useless).verdict is Settlement.FAILS


def test_a_loss_that_is_printed_otherwise_is_shown_beside_ours(mnist):
    first, second = mnist.evidence.notebook
    other = first.model_copy(update={"losses": (2.3094, *first.losses[1:])})
    claim = settle_c10(mnist.but(notebook=(other, second)).evidence)
    assert "losses are not all those that it prints" in claim.because
    values = [figure.value for figure in claim.figures if "losses" in figure.name]
    assert "; printed: 2.3093, " in values[0]
    assert values[1].endswith(", as printed")


def test_on_the_digits_the_claim_is_open_and_says_what_is_seen_there():
    claim = settle_c10(lecture_evidence(data="digits"))
    assert claim.verdict is Settlement.OPEN
    assert "perbillion claims --data mnist" in claim.because
    assert "On the digits, other data, the like of it holds in part." in claim.because
    assert not any("notebook, " in figure.name for figure in claim.figures)
