"""The newest run of the serving experiment that counts."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from contract.errors import ArtifactError
from contract.run_directory import RunDirectory
from report.result import Result
from stats.verdict import VerdictKind

_RUN_NAME = re.compile(r"\d{8}T\d{6}Z-.+")


@dataclass(frozen=True, slots=True)
class ServedRun:
    """A run whose serving evidence is read.

    Attributes
    ----------
    newer : str
        Name of a newer run that counts as well but did not serve DropConnect, as this one did;
        empty where there is none.
    """

    directory: RunDirectory
    result: Result
    newer: str = ""


def newest_run(runs: Path) -> ServedRun | None:
    """Return the newest run of the lecture's experiment that counts; None where there is none.

    Of several one that served DropConnect comes first: a run of another profile does not.

    Parameters
    ----------
    runs : Path
        Where run directories lie; it need not exist. Runs that are not finished, that are
        comparisons, that do not count, or that another version wrote, are passed over.
    """
    counting = _counting(runs)
    newest = next(counting, None)
    if newest is None or newest.result.dropconnect is not None:
        return newest
    served = next((run for run in counting if run.result.dropconnect is not None), None)
    if served is None:
        return newest
    return ServedRun(served.directory, served.result, newer=newest.directory.root.name)


def _counting(runs: Path) -> Iterator[ServedRun]:
    """Read runs that count, the newest first."""
    folders = (path for path in runs.glob("*") if _RUN_NAME.fullmatch(path.name))
    for folder in sorted(folders, key=lambda path: path.name, reverse=True):
        directory = RunDirectory(folder.absolute())
        try:
            result = Result.load(directory.result_json)
        except ArtifactError:
            # Not finished, of another version, or no run of ours.
            continue
        lecture = result.experiment.lecture is not None
        if lecture and result.verdict.kind is not VerdictKind.INVALID:
            yield ServedRun(directory, result)
