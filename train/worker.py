"""Trains some of many networks, in a process of its own, beside others that do the same.

``python -P -m train.worker ORDER.json TICKETS REPORTS``: `TICKETS` is a pipe that all workers read
numbers of plans from until it is empty, `REPORTS` one that each writes a line to when a network is
trained. Whoever is free takes the next one, and nobody asks anybody.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Literal

from contract.document import Document
from contract.errors import PerbillionError
from contract.experiment import DataSection
from contract.progress import SilentProgress
from train.archive import NetworkArchive
from train.loading import load_data
from train.plan import NetworkPlan
from train.training import train_network

# Reads and writes of so few bytes are whole: the kernel does not divide them among processes.
TICKET_BYTES = 4
_PIPE_BYTES = 1 << 16


class WorkerOrder(Document):
    """What there is to train; the same for every worker.

    Schema history: 1 = first.

    Attributes
    ----------
    plans : tuple of NetworkPlan
        A ticket is a place in it.
    archive : Path
        Folder of the archive.
    """

    schema_version: Literal[1] = 1
    plans: tuple[NetworkPlan, ...]
    archive: Path
    data: DataSection


def ticket(number: int) -> bytes:
    """Write the place of a plan as workers read it."""
    return number.to_bytes(TICKET_BYTES, "little")


def work(order: WorkerOrder, tickets_fd: int, reports_fd: int) -> None:
    """Train what the tickets say until there are none.

    Raises
    ------
    DataError, TrainingError, ExperimentError, ArtifactError
        As `train.training.train_network` does.
    """
    data = load_data(order.data, SilentProgress())
    archive = NetworkArchive(order.archive)
    while taken := os.read(tickets_fd, TICKET_BYTES):
        plan = order.plans[int.from_bytes(taken, "little")]
        try:
            # The other cores have trainings of their own.
            train_network(plan, data, archive, SilentProgress(), beside=False)
        except PerbillionError:
            _take_all(tickets_fd)
            raise
        os.write(reports_fd, f"{plan.name}\n".encode())


def _take_all(tickets_fd: int) -> None:
    """Leave no ticket to the others: what failed should be told soon, not when all is done."""
    while os.read(tickets_fd, _PIPE_BYTES):
        pass


def main() -> None:
    """Work as the command line says; an error of ours is one line for the parent to show."""
    order_file, tickets, reports = sys.argv[1:]
    try:
        work(WorkerOrder.load(Path(order_file)), int(tickets), int(reports))
    except PerbillionError as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(1)


if __name__ == "__main__":
    main()
