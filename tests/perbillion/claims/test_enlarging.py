"""C11: where networks overfit, where dropout helps, and what is best."""

from contract.ledger import Settlement
from perbillion.claims.enlarging import settle_c11


def _better_by(points):
    return lambda share: share + points / 100


def _dropout_at(mnist, width, points):
    better = _better_by(points)
    return mnist.sweep(f"sweep-{width}-inverted", test_accuracy=better, validation_accuracy=better)


def _without_gap(mnist, width):
    group = next(g for g in mnist.evidence.sweep if g.name == f"sweep-{width}-none")
    return mnist.sweep(group.name, train_accuracy=group.test_accuracy)


def test_c11_holds_where_the_widest_with_dropout_is_best_and_the_narrowest_needs_none(mnist):
    claim = settle_c11(_dropout_at(mnist, 1024, 0.6).evidence)
    assert claim.verdict is Settlement.HOLDS
    assert "Dropout of p = 0.5 helps at width 1024" in claim.because
    assert "percentage points higher than that of the best without" in claim.because


def test_a_best_that_is_no_better_is_a_condition(mnist):
    claim = settle_c11(mnist.evidence)
    assert claim.verdict is Settlement.CONDITION
    assert "(not told from chance)" in claim.because


def test_dropout_that_helps_the_narrowest_too_is_a_condition(mnist):
    claim = settle_c11(_dropout_at(_dropout_at(mnist, 1024, 0.6), 16, 11).evidence)
    assert claim.verdict is Settlement.CONDITION


def _trained_for(mnist, epochs):
    sweep = [group.model_copy(update={"epochs": epochs}) for group in mnist.evidence.sweep]
    return mnist.evidence.model_copy(update={"sweep": tuple(sweep)})


def test_c11_does_not_hold_where_the_best_with_dropout_is_worse(mnist):
    epochs = mnist.evidence.group("none").epochs
    claim = settle_c11(_trained_for(_dropout_at(mnist, 1024, -1), epochs))
    assert claim.verdict is Settlement.FAILS
    assert "--sweep-epochs" not in claim.because


def test_a_sweep_too_short_to_tell_says_how_to_train_longer(mnist):
    claim = settle_c11(_trained_for(_dropout_at(mnist, 1024, -1), 3))
    assert claim.verdict is Settlement.OPEN
    assert "after 3 epochs where the lecture's network gets 50" in claim.because
    assert "`perbillion claims --data mnist --sweep-epochs 50` trains longer" in claim.because


def test_c11_does_not_hold_where_dropout_helps_a_network_that_does_not_overfit(mnist):
    helped = _without_gap(_dropout_at(_dropout_at(mnist, 1024, 0.6), 64, 5), 64)
    assert settle_c11(helped.evidence).verdict is Settlement.FAILS


def test_the_best_width_is_chosen_by_validation_accuracy(mnist):
    chosen = mnist.sweep("sweep-64-none", validation_accuracy=lambda _: 0.999).evidence
    assert "the best without (64 wide, 96.83 ± 0.11 %)" in settle_c11(chosen).because


def test_a_sweep_without_overfitting_says_so(mnist):
    for width in (16, 32, 64, 128, 256, 512, 1024):
        mnist = _without_gap(mnist, width)
    assert "Without dropout no width overfits" in settle_c11(mnist.evidence).because
