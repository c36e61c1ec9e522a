"""Many networks, trained side by side in as many processes as there are cores."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

from contract.errors import ArtifactError, TrainingError
from contract.experiment import DataSection
from contract.progress import Progress
from contract.run_directory import RunDirectory
from loadtest.machine.child_process import ChildCommand, ChildProcess
from loadtest.machine.cores import available_cores
from train.archive import NetworkArchive
from train.plan import NetworkPlan
from train.worker import WorkerOrder, ticket


def missing_plans(plans: Sequence[NetworkPlan], folder: Path) -> tuple[NetworkPlan, ...]:
    """Return the plans whose networks are not in the archive, in order.

    Raises
    ------
    ArtifactError
        If a card or weights cannot be read.
    """
    archive = NetworkArchive(folder)
    return tuple(plan for plan in plans if archive.finished_card(plan) is None)


def train_all(
    plans: Sequence[NetworkPlan],
    folder: Path,
    data: DataSection,
    progress: Progress,
    workers: int | None = None,
) -> None:
    """Train every network that is not in the archive yet.

    A training that was cut goes on behind its last finished epoch.

    Parameters
    ----------
    plans : sequence of NetworkPlan
        The most expensive first, so that the processes end together.
    folder : Path
        Of the archive.
    data : DataSection
        What to train on.
    progress : Progress
        Gets one step a network.
    workers : int, optional
        Processes; by default one for each core that may be used.

    Raises
    ------
    TrainingError
        If a process fails; says what it said. What the others have finished stays.
    ArtifactError
        If the folder cannot be read or written to.
    """
    ahead = missing_plans(plans, folder)
    if not ahead:
        return
    count = min(workers or len(available_cores()), len(ahead))
    progress.begin(f"Training {len(ahead)} networks, {count} at a time", len(ahead))
    with RunDirectory(_made(folder)).scratch() as scratch:
        order = scratch / "order.json"
        WorkerOrder(plans=ahead, archive=folder.absolute(), data=data).save(order)
        with _started(order, count, len(ahead)) as (children, reports):
            for name in reports:
                progress.advance(name)
            _require_success(children)


def _made(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ArtifactError(
            f"cannot write: {error.strerror or error}",
            where=str(folder),
            remedy="choose a folder that you may write to",
        ) from error
    return folder.absolute()


@contextmanager
def _started(
    order: Path, count: int, tickets: int
) -> Iterator[tuple[list[ChildProcess], Iterator[str]]]:
    """Start the processes; give them, and the names of networks as they are finished."""
    ticket_source, ticket_sink = os.pipe()
    report_source, report_sink = os.pipe()
    with ExitStack() as stack:
        with os.fdopen(ticket_sink, "wb") as sink:
            sink.write(b"".join(map(ticket, range(tickets))))
        children = [
            stack.enter_context(
                ChildProcess(
                    ChildCommand(
                        module="train.worker",
                        arguments=[str(order), str(ticket_source), str(report_sink)],
                        folder=order.parent,
                        log=order.parent / f"worker-{number}.log",
                        inherited_fds=(ticket_source, report_sink),
                    )
                )
            )
            for number in range(count)
        ]
        # The reports end when the last process has closed its end of the pipe.
        os.close(ticket_source)
        os.close(report_sink)
        reports = stack.enter_context(os.fdopen(report_source, encoding="utf-8"))
        yield children, (line.strip() for line in reports)


def _require_success(children: Sequence[ChildProcess]) -> None:
    for child in children:
        if child.wait():
            raise TrainingError(
                f"a training process failed: {child.last_lines()}",
                remedy="start it again: finished networks, and finished epochs, are kept",
            )
