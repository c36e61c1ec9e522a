"""What the lecture's claims came to."""

from __future__ import annotations

from contract.ledger import Ledger
from report.tables.table import Table


def claims_table(ledger: Ledger) -> Table:
    """Tell each claim, its verdict, and why.

    Parameters
    ----------
    ledger : Ledger
        With at least one claim.
    """
    note = (
        "What the lecture says, and what measurements and tests made of it. The figures behind "
        f"each verdict: {ledger.command}"
    )
    rows = tuple(
        (claim.id, claim.claim, claim.verdict.value, claim.because) for claim in ledger.claims
    )
    return Table("The lecture's claims", note, ("Id", "Claim", "Verdict", "Because"), rows)
