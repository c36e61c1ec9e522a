"""Exit codes, mapped from errors in this one place."""

from __future__ import annotations

from contract.errors import (
    ArtifactError,
    DataError,
    EqualityError,
    ExperimentError,
    InvalidRunError,
    MissingExtraError,
    PerbillionError,
)

DONE = 0
OUR_ERROR = 1
USAGE = 2
SLOWER = 3
INCONCLUSIVE = 4
INVALID_RUN = 5
DIFFERENT_FUNCTION = 6
INTERRUPTED = 130

_BY_ERROR: tuple[tuple[type[PerbillionError], int], ...] = (
    (ExperimentError, USAGE),
    (DataError, USAGE),
    (ArtifactError, USAGE),
    (MissingExtraError, USAGE),
    (EqualityError, DIFFERENT_FUNCTION),
    (InvalidRunError, INVALID_RUN),
)


def exit_code_of(error: PerbillionError) -> int:
    """Return the exit code that an error of ours ends the process with."""
    return next((code for kind, code in _BY_ERROR if isinstance(error, kind)), OUR_ERROR)
