"""What a comparison ends the process with: made for continuous integration."""

from __future__ import annotations

from console.exit_codes import DONE, INCONCLUSIVE, INVALID_RUN, SLOWER
from stats.verdict import VerdictKind


def exit_code_of(kind: VerdictKind, *, inconclusive_passes: bool = False) -> int:
    """Return the exit code of a verdict.

    Parameters
    ----------
    kind : VerdictKind
        Of all batch sizes together.
    inconclusive_passes : bool
        Whether what stays open passes.
    """
    match kind:
        case VerdictKind.INVALID:
            return INVALID_RUN
        case VerdictKind.SLOWER:
            return SLOWER
        case VerdictKind.INCONCLUSIVE | VerdictKind.SLOWER_SIZE_OPEN:
            return DONE if inconclusive_passes else INCONCLUSIVE
        case _:
            return DONE
