"""C6 and C7: where dropout stands: before or after the activation, and not on the outputs."""

from __future__ import annotations

from contract.lecture_evidence import LectureEvidence, TrainedGroup
from contract.ledger import ClaimFigure, SettledClaim, Settlement
from perbillion.claims.identity import identity_figure, identity_of, outcome, within_rounding
from perbillion.claims.seed_estimates import (
    above_zero,
    accuracy,
    below_zero,
    compared,
    nats_above,
    points_above,
    told,
)
from report.rounding import count, with_interval
from stats.estimate import Estimate, t_estimate

# A loss of accuracy that nobody would look for: below it dropout on the outputs does no harm.
_HARM_POINTS = 0.5


def settle_c6(evidence: LectureEvidence) -> SettledClaim:
    """Judge whether the order of dropout and activation matters, by ReLU and by sigmoid."""
    relu = identity_of(evidence, "relu-orders")
    sigmoid = identity_of(evidence, "sigmoid-orders")
    after, before = evidence.group("inverted"), evidence.group("relu-before")
    relu_same = not relu.unequal and _same_results(after, before)
    sigmoid_differs = not within_rounding(sigmoid)
    trained = points_above(
        evidence.group("sigmoid-before").test_accuracy,
        evidence.group("sigmoid-after").test_accuracy,
    )
    because = " ".join(
        (
            _relu_told(same=relu_same, layer=outcome(relu), seeds=len(after.seeds)),
            _sigmoid_told(
                differs=sigmoid_differs, layer=outcome(sigmoid), trained_apart=compared(trained)
            ),
        )
    )
    return SettledClaim(
        id="C6",
        claim="With ReLU it does not matter whether dropout stands before or after the "
        "activation; with a logistic sigmoid it does, because it makes 0.5 of 0.",
        verdict=Settlement.HOLDS if relu_same and sigmoid_differs else Settlement.FAILS,
        because=because,
        figures=(
            identity_figure(relu),
            identity_figure(sigmoid),
            *(
                ClaimFigure(
                    name=f"test accuracy: {evidence.group(name).told}",
                    value=with_interval(accuracy(evidence.group(name).test_accuracy)),
                )
                for name in ("inverted", "relu-before", "sigmoid-after", "sigmoid-before")
            ),
            ClaimFigure(name="sigmoid: accuracy before above accuracy after", value=told(trained)),
        ),
        how="The same masks in both orders, on random inputs; and networks trained in both orders "
        f"from the same {len(after.seeds)} seeds.",
    )


def settle_c7(evidence: LectureEvidence) -> SettledClaim:
    """Judge what dropout on the output layer does to accuracy and to the loss."""
    with_it, without = evidence.group("output-dropout"), evidence.group("inverted")
    accuracies = points_above(with_it.test_accuracy, without.test_accuracy)
    losses = nats_above(with_it.test_loss, without.test_loss)
    sizes = (
        f"test accuracy is {compared(accuracies)} and the test loss {compared(losses)} than "
        "without it"
    )
    if below_zero(accuracies):
        verdict = Settlement.HOLDS
        because = f"Dropout on the outputs costs accuracy: {sizes}."
    elif above_zero(losses):
        verdict = Settlement.CONDITION
        because = (
            "The right class is found as often, so labels that are dropped in training are not "
            f"lost; but the probabilities become worse: {sizes}."
        )
    elif accuracies.low is not None and accuracies.low > -_HARM_POINTS:
        verdict = Settlement.FAILS
        because = (
            f"No harm can be seen, and more than {_HARM_POINTS:g} points are ruled out: {sizes}."
        )
    else:
        verdict = Settlement.OPEN
        because = (
            f"{count(len(with_it.seeds), 'seed')} do not tell: no harm can be seen, and harm of "
            f"{_HARM_POINTS:g} points is not ruled out; {sizes}."
        )
    dropped = with_it.architecture.output_drop_probability
    return SettledClaim(
        id="C7",
        claim="No dropout on the output layer: it would drop class labels.",
        verdict=verdict,
        because=because,
        figures=tuple(
            ClaimFigure(name=f"{what}: {group.told}", value=value)
            for group in (without, with_it)
            for what, value in (
                ("test accuracy", with_interval(accuracy(group.test_accuracy))),
                ("test loss", with_interval(_loss(group))),
            )
        ),
        how=f"Networks with inverted dropout, trained from {len(with_it.seeds)} seeds with dropout "
        f"of p = {dropped:g} on the outputs as well and without it, in evaluation mode.",
    )


def _same_results(group: TrainedGroup, other: TrainedGroup) -> bool:
    """Say whether every seed came to the very same figures in both."""
    return (group.test_accuracy, group.test_loss) == (other.test_accuracy, other.test_loss)


def _relu_told(*, same: bool, layer: str, seeds: int) -> str:
    if same:
        return (
            f"With ReLU both orders are {layer}, and networks trained in either order come to the "
            f"same accuracy and loss to the last digit at each of {seeds} seeds."
        )
    return (
        f"With ReLU the orders do not come to the same: the layers are {layer}, the accuracies and "
        f"losses of trained networks are not the same at each of {seeds} seeds."
    )


def _sigmoid_told(*, differs: bool, layer: str, trained_apart: str) -> str:
    if differs:
        return (
            f"With a sigmoid they are {layer}; trained with dropout before it, test accuracy is "
            f"{trained_apart} than trained with dropout behind it."
        )
    return f"With a sigmoid it makes no difference either: the layers are {layer}."


def _loss(group: TrainedGroup) -> Estimate:
    return t_estimate(group.test_loss, unit="nats")
