"""From evidence to the ledger: all thirteen claims, in the lecture's order."""

from __future__ import annotations

from contract.lecture_evidence import LectureEvidence
from contract.ledger import Ledger
from perbillion.claims.definitions import settle_c1, settle_c2
from perbillion.claims.dropconnect import settle_c12
from perbillion.claims.enlarging import settle_c11
from perbillion.claims.generalisation import settle_c10
from perbillion.claims.history import settle_c13
from perbillion.claims.net_inputs import settle_c3
from perbillion.claims.placement import settle_c6, settle_c7
from perbillion.claims.same_results import settle_c5
from perbillion.claims.theory import settle_c4
from perbillion.claims.usage import settle_c8, settle_c9
from report.result import Result


def ledger_of(evidence: LectureEvidence, served: Result | None, command: str) -> Ledger:
    """Settle every claim.

    Parameters
    ----------
    evidence : LectureEvidence
        What training showed.
    served : Result or None
        Of a run of the serving experiment that counts; None where there is none.
    command : str
        What makes the ledger anew.
    """
    return Ledger(
        command=command,
        served_run=None if served is None else served.run,
        claims=(
            settle_c1(evidence),
            settle_c2(evidence),
            settle_c3(evidence),
            settle_c4(served),
            settle_c5(evidence),
            settle_c6(evidence),
            settle_c7(evidence),
            settle_c8(evidence),
            settle_c9(evidence),
            settle_c10(evidence),
            settle_c11(evidence),
            settle_c12(evidence, served),
            settle_c13(),
        ),
        evidence=evidence,
    )
