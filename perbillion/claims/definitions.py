"""C1 and C2: what regular and inverted dropout are."""

from __future__ import annotations

from contract.lecture_evidence import LectureEvidence
from contract.ledger import ClaimFigure, SettledClaim, Settlement
from perbillion.claims.identity import identity_figure, identity_of, outcome, within_rounding


def settle_c1(evidence: LectureEvidence) -> SettledClaim:
    """Judge what regular dropout does in training and at prediction."""
    layer = identity_of(evidence, "regular-layer")
    factors = ", ".join(f"{factor:g}" for factor in evidence.exported.factors)
    if within_rounding(layer):
        verdict = Settlement.HOLDS
        because = (
            "A layer of this definition keeps or drops in training and multiplies by 1-p at "
            f"prediction, at every p that was tried: {outcome(layer)}."
        )
    else:
        verdict = Settlement.FAILS
        because = (
            "The layer does not compute what the definition says: against NumPy it is "
            f"{outcome(layer)}."
        )
    return SettledClaim(
        id="C1",
        claim="Regular dropout drops in training and multiplies the activations by 1-p at test "
        "time.",
        verdict=verdict,
        because=because,
        figures=(
            identity_figure(layer),
            ClaimFigure(
                name="factors in the exported graph of p = 0.2 and p = 0.5", value=factors or "none"
            ),
        ),
        how="The layer is checked against NumPy on random shapes, p and seeds. At p = 0.5 a layer "
        "that multiplies by p in place of 1-p cannot be told from a right one, so p is any number.",
    )


def settle_c2(evidence: LectureEvidence) -> SettledClaim:
    """Judge what inverted dropout does in training, and that nothing is left at prediction."""
    layer = identity_of(evidence, "inverted-layer")
    exported = evidence.exported
    nothing_left = exported.operators_inverted == exported.operators_none
    graph = ", ".join(exported.operators_inverted)
    if not within_rounding(layer):
        verdict = Settlement.FAILS
        because = f"The layer does not compute what the definition says: it is {outcome(layer)}."
    elif not nothing_left:
        verdict = Settlement.FAILS
        because = (
            "Something is left of it at prediction: its exported graph has the nodes "
            f"{graph}, and without dropout there are {', '.join(exported.operators_none)}."
        )
    else:
        verdict = Settlement.HOLDS
        because = (
            "torch.nn.Dropout is this layer, and at prediction nothing is left of it: the exported "
            f"graph has the very nodes of the network without dropout ({graph}). Against the "
            f"definition it is {outcome(layer)}."
        )
    return SettledClaim(
        id="C2",
        claim="Inverted dropout divides by 1-p in training and does nothing at test time.",
        verdict=verdict,
        because=because,
        figures=(
            identity_figure(layer),
            ClaimFigure(
                name="nodes exported without dropout", value=", ".join(exported.operators_none)
            ),
            ClaimFigure(name="nodes exported with inverted dropout", value=graph),
        ),
        how="torch.nn.Dropout is checked against the definition on random shapes, p and seeds; a "
        "trained network with it and one without are exported to ONNX and their nodes compared.",
    )
