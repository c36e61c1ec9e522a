"""Every error of ours, in one tree.

::

    PerbillionError
    ├── ExperimentError      a number, name or key of the experiment that cannot be used
    ├── DataError            training data missing or damaged
    ├── ArtifactError        a file of ours, or a model, that cannot be read or written
    ├── MissingExtraError    a part of perbillion whose packages are not installed
    ├── ParityError          an exported graph and the network it came from disagree
    ├── EqualityError        models that are to be compared do not compute the same function
    ├── TrainingError        fitting went wrong (a loss that is not a number)
    ├── ServingError         the server cannot start, or died
    │   └── WorkerDiedError  one of the processes of a server
    ├── LoadTestError        the load generator or the in-process instrument failed
    ├── InvalidRunError      a run that must not be believed, or has nothing to report on
    └── RequestError         what a client asked of the server cannot be done
        ├── InvalidRequestError
        ├── UnauthorizedError
        ├── ForbiddenError
        ├── UnknownModelError
        ├── TooLargeError
        ├── UnsupportedMediaError
        ├── NotReadyError
        ├── OverloadedError
        └── DeadlineError

Each says what was wrong, where, and what to do. HTTP status codes and exit codes are
mapped at the edges (``serve`` and ``console``), never here.
"""

from __future__ import annotations

import difflib
from collections.abc import Iterable


class PerbillionError(Exception):
    """The root of the tree.

    Parameters
    ----------
    what : str
        What was wrong, a sentence without its full stop.
    where : str
        The file, key or address it was found at; empty where there is none.
    remedy : str
        What to do about it; empty where nothing helps.
    """

    def __init__(self, what: str, *, where: str = "", remedy: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.where = where
        self.remedy = remedy

    def __str__(self) -> str:
        place = f"{self.where}: " if self.where else ""
        advice = f" ({self.remedy})" if self.remedy else ""
        return f"{place}{self.what}{advice}"


class ExperimentError(PerbillionError):
    """A number, name or key of the experiment that cannot be used."""


class DataError(PerbillionError):
    """Training data that is missing or damaged."""


class ArtifactError(PerbillionError):
    """A file of ours, or a model, that cannot be read or written."""


class MissingExtraError(PerbillionError):
    """A part of perbillion whose packages are not installed."""


class ParityError(PerbillionError):
    """An exported graph and the network it came from disagree."""


class EqualityError(PerbillionError):
    """Models that are to be compared do not compute the same function."""


class TrainingError(PerbillionError):
    """Fitting went wrong, for example the loss is not a number."""


class ServingError(PerbillionError):
    """The server cannot start, or died."""


class WorkerDiedError(ServingError):
    """One of the processes that a server answers from died."""


class LoadTestError(PerbillionError):
    """The load generator or the in-process instrument failed."""


class InvalidRunError(PerbillionError):
    """A run that must not be believed, or has nothing to report on."""


class RequestError(PerbillionError):
    """What a client asked of the server cannot be done."""


class InvalidRequestError(RequestError):
    """The request does not follow the protocol or does not fit the model."""


class UnauthorizedError(RequestError):
    """The request carries no API key, or none that is valid."""


class ForbiddenError(RequestError):
    """The request may not be made: from there, to this name, or at all."""


class UnknownModelError(RequestError):
    """No model of that name and version is served."""


class TooLargeError(RequestError):
    """The request, or the answer to it, is larger than the server's limits."""


class UnsupportedMediaError(RequestError):
    """The body's content type or encoding is not one the server reads."""


class NotReadyError(RequestError):
    """The server is still loading, or is shutting down."""


class OverloadedError(RequestError):
    """The server has as much work in flight as it takes; the request may be tried again."""


class DeadlineError(RequestError):
    """The request waited in the queue for longer than its deadline."""


def nearest(name: str, valid: Iterable[str]) -> str:
    """Say which names are valid, the nearest first where one is near.

    Parameters
    ----------
    name : str
        The name that was given.
    valid : iterable of str
        The names there are.

    Returns
    -------
    str
        A remedy, such as ``did you mean 'digits'? valid: digits, mnist``.
    """
    names = list(valid)
    close = difflib.get_close_matches(name, names, n=1, cutoff=0.5)
    guess = f"did you mean '{close[0]}'? " if close else ""
    return f"{guess}valid: {', '.join(names)}"
