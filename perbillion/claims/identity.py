"""Statements that must hold for every input, as the claims' judgement reads them."""

from __future__ import annotations

from contract.lecture_evidence import Identity, LectureEvidence
from contract.ledger import ClaimFigure

# float32 rounds to 1 part in 2^24. What a layer computes of one number, or a network of sums of a
# hundred, stays within some ten or a hundred times that; a wrong factor does not.
ROUNDING = 1e-5


def identity_of(evidence: LectureEvidence, name: str) -> Identity:
    """Return the identity of this name."""
    return next(found for found in evidence.identities if found.name == name)


def within_rounding(identity: Identity) -> bool:
    """Say whether the two sides never differed by more than rounding."""
    return identity.largest_difference <= ROUNDING


def outcome(identity: Identity) -> str:
    """Say in how many cases the two sides were equal, or by how much they differed."""
    if not identity.unequal:
        return f"equal to the bit in all {identity.cases:,} cases"
    return (
        f"not equal to the bit in {identity.unequal:,} of {identity.cases:,} cases, apart by up "
        f"to {identity.largest_difference:.2g} of the largest number"
    )


def identity_figure(identity: Identity) -> ClaimFigure:
    """Tell what was tried and what came out."""
    return ClaimFigure(name=identity.told.rstrip("."), value=outcome(identity))
