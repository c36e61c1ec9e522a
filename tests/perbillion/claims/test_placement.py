"""C6 and C7: where dropout stands."""

import pytest

from contract.ledger import Settlement
from perbillion.claims.placement import settle_c6, settle_c7


def test_c6_holds_where_relu_s_orders_are_one_and_sigmoid_s_are_two(mnist):
    claim = settle_c6(mnist.evidence)
    assert claim.verdict is Settlement.HOLDS
    assert "to the last digit at each of 6 seeds" in claim.because
    assert "1.080 ± 0.091 percentage points lower" in claim.because


def test_c6_does_not_hold_where_one_digit_of_a_trained_network_differs(mnist):
    off = mnist.group("relu-before", test_loss=lambda loss: loss + 1e-12).evidence
    assert settle_c6(off).verdict is Settlement.FAILS


def test_c6_does_not_hold_where_a_mask_s_order_matters_to_relu(mnist):
    off = mnist.identity("relu-orders", unequal=1, largest_difference=1e-7).evidence
    assert settle_c6(off).verdict is Settlement.FAILS


def test_c6_does_not_hold_where_the_order_does_not_matter_to_a_sigmoid(mnist):
    same = mnist.identity("sigmoid-orders", unequal=0, largest_difference=0.0).evidence
    claim = settle_c6(same)
    assert claim.verdict is Settlement.FAILS
    assert "With a sigmoid it makes no difference either" in claim.because


def test_c7_holds_where_dropped_outputs_cost_accuracy(mnist):
    claim = settle_c7(mnist.evidence)
    assert claim.verdict is Settlement.HOLDS
    assert "1.418 ± 0.088 percentage points lower" in claim.because


def test_a_worse_loss_alone_is_a_condition(mnist):
    accuracies = mnist.evidence.group("inverted").test_accuracy
    claim = settle_c7(mnist.group("output-dropout", test_accuracy=accuracies).evidence)
    assert claim.verdict is Settlement.CONDITION
    assert "the probabilities become worse" in claim.because


@pytest.mark.parametrize(
    ("spread", "verdict"), [(0.0001, Settlement.FAILS), (0.02, Settlement.OPEN)]
)
def test_no_harm_seen_fails_c7_only_where_harm_is_ruled_out(mnist, spread, verdict):
    without = mnist.evidence.group("inverted")
    # As many seeds better as worse.
    moved = [spread * (-1) ** number for number in range(len(without.seeds))]
    accuracies = zip(without.test_accuracy, moved, strict=True)
    harmless = mnist.group(
        "output-dropout",
        test_accuracy=tuple(share + move for share, move in accuracies),
        test_loss=without.test_loss,
    ).evidence
    assert settle_c7(harmless).verdict is verdict
