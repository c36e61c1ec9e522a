"""All rows, one after another; what is finished is kept."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from contract.errors import LoadTestError
from contract.progress import Progress
from perbillion.runtimes.here import Here
from perbillion.runtimes.pair_models import save_pair
from perbillion.runtimes.paired_task import Amount, PairedTask
from perbillion.runtimes.row import FORMS, Form, Row
from perbillion.runtimes.runtimes_result import RowResult, RuntimesPlan, RuntimesResult

RESULT = "runtimes.json"


def survey(
    plan: RuntimesPlan, rows: Sequence[Row], folder: Path, progress: Progress
) -> RuntimesResult:
    """Measure every row that is not measured yet.

    Parameters
    ----------
    plan : RuntimesPlan
        What to measure, and how much.
    rows : sequence of Row
        Which.
    folder : Path
        Where it works. What an earlier survey of the same plan has finished there is kept.
    progress : Progress
        Told of every process.

    Returns
    -------
    RuntimesResult
        Also saved in the folder, whenever a row is done. A row that cannot be measured says why.

    Raises
    ------
    ExperimentError, ArtifactError
        If the folder holds another survey, or cannot be written to.
    """
    folder = folder.absolute()
    file = folder / RESULT
    result = RuntimesResult.begun(file, plan)
    # Saved before anything is measured: that it cannot be written would be found after minutes.
    result.save(file)
    models = {form: _models(plan, form, folder) for form in FORMS}
    here = Here.observe()
    for row in rows:
        if not result.has(row):
            task = PairedTask(
                row=row,
                models=models[row.form],
                request_shape=plan.request_shape(row),
                amount=Amount(plan.pairs_of(row), plan.seconds_per_start, seed=plan.seed),
                folder=folder / "starts" / row.name,
            )
            result = result.with_row(_found(task, here, progress))
            result.save(file)
    return result


def _models(plan: RuntimesPlan, form: Form, folder: Path) -> dict[str, Path]:
    keep = plan.keep_probability
    return save_pair(folder / "models" / form, plan.widths, keep_probability=keep, form=form)


def _found(task: PairedTask, here: Here, progress: Progress) -> RowResult:
    row = task.row
    reason = here.why_not(row)
    if reason:
        return RowResult(row=row, why_not=reason)
    progress.begin(f"Measuring {row.name}", total=2 * task.amount.pairs)
    # What a survey that was cut short left of this row is of no use.
    shutil.rmtree(task.folder, ignore_errors=True)
    try:
        return RowResult.measured(row, task.examine(), task.measure(progress.advance))
    except LoadTestError as error:
        # One runtime that fails here says so in its row; the others are measured.
        progress.say(f"{row.name}: {error}")
        return RowResult(row=row, why_not=str(error))
