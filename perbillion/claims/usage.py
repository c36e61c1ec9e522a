"""C8 and C9: a drop probability for each layer, and train() and eval()."""

from __future__ import annotations

import math

from contract.lecture_evidence import LectureEvidence
from contract.ledger import ClaimFigure, SettledClaim, Settlement
from perbillion.claims.seed_estimates import (
    above_zero,
    accuracy,
    below_zero,
    compared,
    points_above,
    told,
)
from report.lecture.network_text import listed
from report.rounding import count, percent, with_interval
from stats.estimate import t_estimate

# A factor in the graph is float32.
_FLOAT32 = 1e-6


def settle_c8(evidence: LectureEvidence) -> SettledClaim:
    """Judge whether every layer may have a drop probability of its own."""
    group, half = evidence.group("p-0.2-0.5"), evidence.group("inverted")
    dropped = group.architecture.drop_probabilities
    wanted, found = [1 - p for p in dropped], evidence.exported.factors
    carried = len(wanted) == len(found) and all(
        math.isclose(factor, kept, rel_tol=_FLOAT32)
        for factor, kept in zip(found, wanted, strict=True)
    )
    difference = points_above(group.test_accuracy, half.test_accuracy)
    probabilities = listed([f"{p:g}" for p in dropped])
    factors = listed([f"{factor:g}" for factor in found]) if found else "nothing"
    trained = (
        f"trained so, test accuracy is {with_interval(accuracy(group.test_accuracy))}, "
        f"{compared(difference)} than with p = 0.5 everywhere"
    )
    if carried:
        verdict = Settlement.HOLDS
        because = (
            f"With p = {probabilities} the graph of regular dropout multiplies by {factors}, each "
            f"layer by its own 1-p; {trained}."
        )
    else:
        verdict = Settlement.FAILS
        because = (
            f"With p = {probabilities} the graph of regular dropout multiplies by {factors}, not "
            f"each layer by its own 1-p; {trained}."
        )
    return SettledClaim(
        id="C8",
        claim="The drop probability is a hyperparameter and may differ from layer to layer.",
        verdict=verdict,
        because=because,
        figures=(
            ClaimFigure(name="factors in the exported graph of regular dropout", value=factors),
            *(
                ClaimFigure(
                    name=f"test accuracy: {each.told}",
                    value=with_interval(accuracy(each.test_accuracy)),
                )
                for each in (group, half)
            ),
            ClaimFigure(name="test accuracy above p = 0.5 everywhere", value=told(difference)),
        ),
        how=f"Networks trained with p = {probabilities} from {count(len(group.seeds), 'seed')}; "
        "the first is exported as regular dropout, and the factors are read off its graph.",
    )


def settle_c9(evidence: LectureEvidence) -> SettledClaim:
    """Judge what comes of predictions in training mode."""
    forgotten = evidence.forgotten_eval
    lost = points_above(forgotten.accuracy_forgotten, forgotten.accuracy_eval)
    changed = t_estimate(forgotten.changed, unit="ratio")
    sizes = (
        f"test accuracy is {compared(lost)} than with it, and from one pass to the next "
        f"{percent(changed)} of the images are predicted as another class"
    )
    if not any(forgotten.changed):
        verdict = Settlement.FAILS
        because = f"Without model.eval() the predictions stay the same: {sizes}."
    elif below_zero(lost):
        verdict = Settlement.HOLDS
        because = f"Without model.eval() units are dropped while predicting: {sizes}."
    else:
        verdict = Settlement.CONDITION
        because = (
            "Without model.eval() predictions are random, but no loss of accuracy can be seen"
            f"{', rather a gain' if above_zero(lost) else ''}: {sizes}."
        )
    return SettledClaim(
        id="C9",
        claim="model.train() and model.eval() must be set; eval skips dropout, as if p were 0.",
        verdict=verdict,
        because=because,
        figures=(
            ClaimFigure(
                name="test accuracy with model.eval()",
                value=with_interval(accuracy(forgotten.accuracy_eval)),
            ),
            ClaimFigure(
                name="test accuracy without it",
                value=with_interval(accuracy(forgotten.accuracy_forgotten)),
            ),
            ClaimFigure(
                name="images predicted as another class in the next pass", value=percent(changed)
            ),
            ClaimFigure(
                name="what the export of a network in training mode says",
                value=evidence.exported.refusal or "nothing: it was exported",
            ),
        ),
        how=f"The test images predicted {count(forgotten.passes, 'time')} in training mode by each "
        f"of {count(len(forgotten.seeds), 'network')} with inverted dropout, beside evaluation "
        "mode; and an export tried in training mode.",
    )
