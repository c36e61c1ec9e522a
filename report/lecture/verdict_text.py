"""How verdicts of claims are told and coloured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Literal

from contract.ledger import SettledClaim, Settlement
from report.lecture.network_text import listed
from report.rounding import count

Tone = Literal["good", "open", "bad", "none"]
_TONES: Mapping[Settlement, Tone] = {
    Settlement.HOLDS: "good",
    Settlement.CONDITION: "open",
    Settlement.FAILS: "bad",
    Settlement.UNTESTABLE: "none",
    Settlement.OPEN: "none",
}
# Of one claim, and of several.
_PREDICATES: Mapping[Settlement, tuple[str, str]] = {
    Settlement.HOLDS: ("holds", "hold"),
    Settlement.CONDITION: ("holds with a condition", "hold with a condition"),
    Settlement.FAILS: ("does not hold", "do not hold"),
    Settlement.UNTESTABLE: ("is not testable here", "are not testable here"),
    Settlement.OPEN: ("is not settled yet", "are not settled yet"),
}


def tone_of(verdict: Settlement) -> Tone:
    """Say how a verdict is coloured; ``none`` where nothing was decided."""
    return _TONES[verdict]


def tally(claims: Sequence[SettledClaim]) -> str:
    """Count the verdicts, as in ``Of 3 claims 2 hold and 1 is not testable here.``."""
    found = Counter(claim.verdict for claim in claims)
    told = [
        f"{found[verdict]} {one if found[verdict] == 1 else several}"
        for verdict, (one, several) in _PREDICATES.items()
        if found[verdict]
    ]
    return f"Of {count(len(claims), 'claim')} {listed(told)}."
