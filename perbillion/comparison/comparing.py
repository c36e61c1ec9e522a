"""Two models compared: looked at, made ready, measured, told."""

from __future__ import annotations

import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from contract.comparison_plan import ComparisonPlan
from contract.document import write_atomically
from contract.environment import observe
from contract.errors import ExperimentError
from contract.profile import merged
from contract.progress import Progress, SilentProgress
from contract.run_directory import RunDirectory
from loadtest.stage import run_campaign
from perbillion.comparison.contender import Contender
from perbillion.comparison.preparation import Wishes, prepare
from report.comparison.baseline import change_since, require_same_machine
from report.comparison.comparison import BatchResult, Comparison, comparison_from
from report.comparison.comparison_markdown import comparison_markdown
from report.comparison.comparison_page import comparison_page
from report.html import render_comparison
from report.stage import write_report

COMPARISON_JSON = "comparison.json"
COMPARISON_MD = "comparison.md"
COMPARISON_HTML = "comparison.html"


def compare(  # noqa: PLR0913 - each is an option that somebody needs, all but two have defaults
    a: str | Path,
    b: str | Path,
    *,
    batch: int | Sequence[int] = 1,
    threads: int = 1,
    margin: float = 0.01,
    profile: str = "quick",
    budget_seconds: float | None = None,
    inputs: str | Path | None = None,
    sizes: Mapping[str, int] | None = None,
    allow_different_outputs: bool = False,
    baseline: str | Path | None = None,
    out: str | Path = "runs",
    settings: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> Comparison:
    """Measure what model `b` costs beside model `a`, in process and served over HTTP.

    Starts processes, pins them to cores, and takes minutes; nothing else should run meanwhile.

    Parameters
    ----------
    a, b : str or Path
        ONNX files; or, as str, the URL of a model that is served already
        (``http://HOST:PORT/v2/models/NAME``). `a` is the reference.
    batch : int or sequence of int
        Rows of a request; each is measured by itself.
    threads : int
        Threads of a session. With several the verdict is on what a client sees: one thread's clock
        does not tell what they do.
    margin : float
        The share of `a`'s cost below which a difference does not matter.
    profile : str
        ``quick``, ``standard`` or ``thorough``.
    budget_seconds : float, optional
        The time for measuring each batch size.
    inputs : str or Path, optional
        Recorded requests (``.npz``, ``.jsonl``) in place of made-up ones.
    sizes : mapping of str to int, optional
        Symbolic dimension to its size.
    allow_different_outputs : bool
        Whether the two may compute different functions.
    baseline : str or Path, optional
        ``comparison.json`` of an earlier comparison on this machine, or ``result.json`` of one of
        its batch sizes.
    out : str or Path
        Where the run directory is made.
    settings : mapping, optional
        Any keys of the plan, nested, over everything else.
    progress : Progress, optional
        Told of every start.

    Returns
    -------
    Comparison
        Also written to ``comparison.json`` in the run directory.

    Raises
    ------
    EqualityError
        If the two do not compute the same function and that is not allowed; before any load.
    ArtifactError, ExperimentError
        If a model, the recorded requests or the baseline cannot be used.
    ServingError, LoadTestError
        If a server or a measuring process fails.
    """
    wishes = Wishes(
        profile=profile,
        inputs=None if inputs is None else Path(inputs),
        sizes=sizes,
        overrides=_overrides(
            threads,
            margin,
            budget_seconds,
            settings or {},
            allow_different_outputs=allow_different_outputs,
        ),
    )
    earlier = None if baseline is None else _Baseline.read(Path(baseline))
    batches = (batch,) if isinstance(batch, int) else tuple(batch)
    if not batches or len(set(batches)) != len(batches):
        raise ExperimentError("batch sizes are needed, each once", where="batch")
    # A key or value that cannot be used is found before models are read and timed.
    ComparisonPlan.resolve(str(a), str(b), profile=profile, overrides=wishes.overrides)
    contenders = Contender.of(str(a)), Contender.of(str(b))
    root = RunDirectory.create(Path(out), "compare").root
    told = progress or SilentProgress()
    measuring = _Measuring(contenders, root, earlier, told)
    try:
        found = tuple(measuring.at(replace(wishes, batch=rows)) for rows in batches)
    except BaseException:
        _keep_or_clear(root, told)
        raise
    comparison = Comparison(
        a=contenders[0].name,
        b=contenders[1].name,
        baseline=None if earlier is None else str(earlier.file),
        batches=found,
    )
    _write(comparison, root)
    return comparison


@dataclass(frozen=True, slots=True)
class _Baseline:
    """An earlier comparison, and the file it was read from."""

    file: Path
    comparison: Comparison

    @classmethod
    def read(cls, file: Path) -> _Baseline:
        """Read it, and refuse one of another machine before anything is measured."""
        comparison = comparison_from(file)
        require_same_machine(comparison.batches[0].result.environment, observe({}), str(file))
        return cls(file, comparison)


@dataclass(frozen=True, slots=True)
class _Measuring:
    """Measures two models at one batch size after another."""

    contenders: tuple[Contender, Contender]
    root: Path
    baseline: _Baseline | None
    progress: Progress

    def at(self, wishes: Wishes) -> BatchResult:
        directory = RunDirectory(self.root / f"batch-{wishes.batch}")
        directory.root.mkdir()
        plan = prepare(*self.contenders, wishes, directory)
        run_campaign(plan, directory, self.progress)
        result = write_report(directory)
        change = None
        if self.baseline is not None:
            file, earlier = str(self.baseline.file), self.baseline.comparison
            change = change_since(earlier, file, wishes.batch, result)
        return BatchResult(
            batch=wishes.batch, run=str(directory.root), result=result, change=change
        )


def _overrides(
    threads: int,
    margin: float,
    budget_seconds: float | None,
    settings: Mapping[str, Any],
    *,
    allow_different_outputs: bool,
) -> dict[str, Any]:
    asked: dict[str, Any] = {
        "threads": threads,
        "verdict": {"margin": margin},
        "allow_different_outputs": allow_different_outputs,
    }
    if budget_seconds is not None:
        asked["stopping"] = {"budget_seconds": budget_seconds}
    return merged(asked, settings)


def _keep_or_clear(root: Path, progress: Progress) -> None:
    """Take a run directory away in which nothing is measured; of others say how to go on."""
    kept = [folder for folder in sorted(root.iterdir()) if RunDirectory(folder).holds_work]
    if not kept:
        shutil.rmtree(root)
        return
    for folder in kept:
        progress.say(
            f"finished starts are kept; go on with: perbillion load {folder}, then "
            f"perbillion report {folder}"
        )


def _write(comparison: Comparison, root: Path) -> None:
    comparison.save(root / COMPARISON_JSON)
    write_atomically(root / COMPARISON_MD, comparison_markdown(comparison).encode())
    write_atomically(root / COMPARISON_HTML, comparison_html(comparison).encode())


def comparison_html(comparison: Comparison) -> str:
    """Return the page: the whole report of one batch size, an overview of several.

    Raises
    ------
    ArtifactError
        If the report of the one batch size is gone.
    """
    if len(comparison.batches) > 1:
        return render_comparison(comparison_page(comparison))
    report = RunDirectory(Path(comparison.batches[0].run)).report_html
    return report.read_text(encoding="utf-8")
