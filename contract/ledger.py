"""The ledger: each of the lecture's claims with its verdict and the figures behind it."""

from __future__ import annotations

from enum import StrEnum
from typing import Literal

from pydantic import BaseModel, ConfigDict

from contract.document import Document
from contract.lecture_evidence import LectureEvidence


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class Settlement(StrEnum):
    """What became of a claim."""

    HOLDS = "holds"
    CONDITION = "holds with a condition"
    FAILS = "does not hold"
    UNTESTABLE = "not testable here"
    OPEN = "not settled yet"


class ClaimFigure(_Part):
    """One figure behind a verdict, with its interval where it is an estimate; for a reader."""

    name: str
    value: str


class SettledClaim(_Part):
    """One of the lecture's claims.

    Attributes
    ----------
    id : str
        ``C1`` to ``C13``.
    claim : str
        What the lecture says.
    verdict : Settlement
        What became of it.
    because : str
        The reason in a sentence or two, with the figure that decides.
    figures : tuple of ClaimFigure
        What else was measured.
    how : str
        How it was settled: what was trained, tried or served.
    """

    id: str
    claim: str
    verdict: Settlement
    because: str
    figures: tuple[ClaimFigure, ...]
    how: str


class Ledger(Document):
    """All claims, and the evidence that they rest on.

    Schema history: 1 = first.

    Attributes
    ----------
    command : str
        What makes it anew.
    served_run : str or None
        Name of the run whose serving evidence was read; None where there was none.
    claims : tuple of SettledClaim
        In the lecture's order.
    """

    schema_version: Literal[1] = 1
    command: str
    served_run: str | None
    claims: tuple[SettledClaim, ...]
    evidence: LectureEvidence
