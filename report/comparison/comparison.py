"""The answer of a comparison, for machines: one result for each batch size."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from contract.document import Document
from contract.errors import ExperimentError
from report.comparison.baseline import BaselineChange
from report.result import Result
from report.result_part import ResultPart
from stats.verdict import VerdictKind

RESULT_JSON = "result.json"
# What a reader has to know first comes first.
_BY_WEIGHT = (
    VerdictKind.INVALID,
    VerdictKind.SLOWER,
    VerdictKind.INCONCLUSIVE,
    VerdictKind.SLOWER_SIZE_OPEN,
    VerdictKind.SLOWER_NEGLIGIBLE,
    VerdictKind.EQUIVALENT,
    VerdictKind.FASTER_NEGLIGIBLE,
    VerdictKind.FASTER_SIZE_OPEN,
    VerdictKind.FASTER,
)


class BatchResult(ResultPart):
    """What was found at one batch size.

    Attributes
    ----------
    batch : int
        Rows of a request.
    run : str
        The run directory, absolute: its samples and its own report.
    result : Result
        All that it says.
    change : BaselineChange or None
        Against an earlier comparison; None where none was given.
    """

    batch: int
    run: str
    result: Result
    change: BaselineChange | None = None

    @property
    def verdict(self) -> VerdictKind:
        """What decides: the change where there is a baseline, else the difference itself."""
        if self.result.verdict.kind is VerdictKind.INVALID or self.change is None:
            return self.result.verdict.kind
        return self.change.verdict.kind


class Comparison(Document):
    """What one model costs beside another.

    Schema history: 1 = first.

    Attributes
    ----------
    a, b : str
        The reference and what is compared with it: a path or a URL.
    baseline : str or None
        The earlier comparison that this one is held against.
    batches : tuple of BatchResult
        In the order in which they were asked for; at least one.
    """

    schema_version: Literal[1] = 1
    a: str
    b: str
    baseline: str | None
    batches: tuple[BatchResult, ...]

    @property
    def verdict(self) -> VerdictKind:
        """The verdict of all batch sizes together: the one that weighs most."""
        return min((found.verdict for found in self.batches), key=_BY_WEIGHT.index)

    def at(self, batch: int) -> BatchResult:
        """Return what was found at one batch size.

        Raises
        ------
        KeyError
            If it was not measured.
        """
        for found in self.batches:
            if found.batch == batch:
                return found
        raise KeyError(batch)


def comparison_from(file: Path) -> Comparison:
    """Read a comparison, or the result of one batch size as a comparison of its own.

    Parameters
    ----------
    file : Path
        ``comparison.json``, or ``result.json`` of a comparison's run directory.

    Raises
    ------
    ArtifactError
        If it cannot be read.
    ExperimentError
        If it is the result of another kind of run.
    """
    if file.name != RESULT_JSON:
        return Comparison.load(file)
    result = Result.load(file)
    facts = result.experiment.comparison
    if facts is None:
        raise ExperimentError(
            "the baseline is no comparison of two models",
            where=str(file),
            remedy="name comparison.json, or result.json, of `perbillion compare`",
        )
    found = BatchResult(batch=facts.batch, run=str(file.parent.absolute()), result=result)
    return Comparison(a=facts.a, b=facts.b, baseline=None, batches=(found,))
