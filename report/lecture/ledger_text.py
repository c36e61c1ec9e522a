"""The ledger for a terminal."""

from __future__ import annotations

import textwrap
from pathlib import Path

from contract.ledger import Ledger, SettledClaim, Settlement
from report.lecture.verdict_text import tally
from report.rounding import glued, unglued

_WIDTH = 100
# The longest id, and the longest verdict: claims begin below one another.
_ID_WIDTH = len("C13 ")
_VERDICT_WIDTH = 2 + max(map(len, Settlement))


def ledger_text(ledger: Ledger, page: Path) -> str:
    """Return every claim with its verdict and the reason, and where the page is.

    Parameters
    ----------
    ledger : Ledger
        What became of the claims.
    page : Path
        ``claims.html``.
    """
    blocks = [
        _wrapped(tally(ledger.claims), "", ""),
        *(_claim(claim) for claim in ledger.claims),
    ]
    return unglued("\n".join(blocks)) + f"\nPage: {page}"


def _claim(claim: SettledClaim) -> str:
    head = f"{claim.id:<{_ID_WIDTH}}{claim.verdict:<{_VERDICT_WIDTH}}"
    reason = " " * _ID_WIDTH
    return "\n".join(
        (_wrapped(claim.claim, head, " " * len(head)), _wrapped(claim.because, reason, reason))
    )


def _wrapped(text: str, first: str, later: str) -> str:
    lines = textwrap.wrap(
        glued(text),
        _WIDTH,
        initial_indent=first,
        subsequent_indent=later,
        break_on_hyphens=False,
        break_long_words=False,
    )
    return "\n".join(lines)
