"""All cells of the map, one after another; what is finished is kept."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from pathlib import Path

from contract.progress import Progress
from perbillion.break_even.break_even_result import BreakEvenPlan, BreakEvenResult, Cell
from perbillion.runtimes.pair_models import save_pair
from perbillion.runtimes.paired_task import Amount, PairedTask
from perbillion.runtimes.row import Row

RESULT = "break-even.json"
# What the map is about: the lecture's graph as the server runs it.
_ROW = Row(runtime="onnxruntime")
# Of a small network more rounds than these make no interval narrower: units do.
_MOST_ROUNDS = 4000


def measure_map(plan: BreakEvenPlan, folder: Path, progress: Progress) -> BreakEvenResult:
    """Measure every cell that is not measured yet.

    Parameters
    ----------
    plan : BreakEvenPlan
        What to measure, and how much.
    folder : Path
        Where it works. What was finished there by the same plan is kept.
    progress : Progress
        Told of every process.

    Returns
    -------
    BreakEvenResult
        Also saved in the folder, whenever a cell is done.

    Raises
    ------
    ExperimentError, ArtifactError
        If the folder holds another map, or cannot be written to.
    LoadTestError
        If a process fails.
    """
    folder = folder.absolute()
    file = folder / RESULT
    result = BreakEvenResult.begun(file, plan)
    result.save(file)
    for width in plan.widths:
        batches = [batch for batch in plan.batches if result.at(width, batch) is None]
        if not batches:
            continue
        progress.begin(f"Measuring {width} wide", total=2 * plan.pairs * len(batches))
        tasks = _tasks(plan, width, batches, folder)
        # What a network computes does not depend on the batch: it is examined once.
        version = tasks[0].examine().version
        for batch, task in zip(batches, tasks, strict=True):
            cost = task.measure(progress.advance)
            result = result.with_cell(Cell(width=width, batch=batch, cost=cost), version)
            result.save(file)
    shutil.rmtree(folder / "models", ignore_errors=True)
    return result


def _tasks(
    plan: BreakEvenPlan, width: int, batches: Sequence[int], folder: Path
) -> list[PairedTask]:
    """Write a width's models, in place of those of the one before: wide ones take much room."""
    widths = (plan.inputs, width, width, plan.outputs)
    models = save_pair(folder / "models", widths, keep_probability=plan.keep_probability)
    amount = Amount(plan.pairs, plan.seconds_per_start, most_rounds=_MOST_ROUNDS, seed=plan.seed)
    return [
        PairedTask(
            row=_ROW,
            models=models,
            request_shape=(batch, plan.inputs),
            amount=amount,
            folder=folder / "starts" / f"{width}-{batch}",
        )
        for batch in batches
    ]
