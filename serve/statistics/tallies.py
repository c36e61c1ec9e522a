"""Counters that all workers of a server share: one table of 64-bit integers in memory.

::

    server   state workers worker_deaths
    worker 0 in_flight buffered_bytes connections read answered | slot 0 | slot 1 | ...
    worker 1 ...

Each worker writes its own rows only, so nothing is locked; whoever asks adds the rows up. A
worker that is killed leaves its counts behind, and the one that takes its place goes on from
them: totals never go back. A slot belongs to one version of one model.
"""

from __future__ import annotations

import mmap
import os
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from enum import IntEnum
from typing import Self

SLOTS = 256
LATENCY_BOUNDS_US = (
    50,
    100,
    200,
    300,
    500,
    750,
    1_000,
    2_000,
    5_000,
    10_000,
    20_000,
    50_000,
    100_000,
    200_000,
    500_000,
    1_000_000,
    5_000_000,
)
"""Upper bounds of the latency histogram's buckets; one more counts what is beyond."""

BATCH_SIZES = 128
"""Runs of up to so many rows are counted by their exact size, longer ones together."""

_CELL_BYTES = 8
_LATENCY_BOUNDS_NS = tuple(bound * 1_000 for bound in LATENCY_BOUNDS_US)


class ServerCell(IntEnum):
    """What is kept once for a server; whoever starts its workers writes it."""

    STATE = 0
    WORKERS = 1
    WORKER_DEATHS = 2


class WorkerCell(IntEnum):
    """What is kept of each worker."""

    IN_FLIGHT = 0
    BUFFERED_BYTES = 1
    CONNECTIONS = 2
    READ = 3
    ANSWERED = 4
    CUT_OFF = 5


class ModelCell(IntEnum):
    """What is kept of each slot, in each worker."""

    SUCCESS = 0
    SUCCESS_NS = 1
    FAIL = 2
    FAIL_NS = 3
    REJECTED = 4
    CANCELED = 5
    QUEUE_NS = 6
    INPUT_NS = 7
    INFER_NS = 8
    OUTPUT_NS = 9
    INFERENCES = 10
    EXECUTIONS = 11
    LAST_INFERENCE_MS = 12
    PENDING = 13


class RunCell(IntEnum):
    """What is kept of the runs of one size."""

    RUNS = 0
    INPUT_NS = 1
    INFER_NS = 2
    OUTPUT_NS = 3


_LATENCY = len(ModelCell)
_RUNS = _LATENCY + len(LATENCY_BOUNDS_US) + 1
_SLOT_CELLS = _RUNS + len(RunCell) * (BATCH_SIZES + 1)
_WORKER_CELLS = len(WorkerCell) + SLOTS * _SLOT_CELLS


class ModelTally:
    """The counts of one slot in one worker, or their sum over all workers.

    Parameters
    ----------
    cells : sequence of int
        Its part of the table.
    """

    __slots__ = ("_cells",)

    def __init__(self, cells: memoryview | list[int]) -> None:
        self._cells = cells

    def __getitem__(self, cell: ModelCell) -> int:
        """Return one count."""
        return int(self._cells[cell])

    def add(self, cell: ModelCell, amount: int = 1) -> None:
        """Add to one count."""
        self._cells[cell] += amount

    def answered(self, total_ns: int, queue_ns: int, now_ms: int) -> None:
        """Count a request that was answered with predictions."""
        cells = self._cells
        cells[0] += 1
        cells[1] += total_ns
        cells[6] += queue_ns
        cells[12] = now_ms
        cells[_LATENCY + bisect_left(_LATENCY_BOUNDS_NS, total_ns)] += 1

    def ran(self, rows: int, input_ns: int, infer_ns: int, output_ns: int) -> None:
        """Count a run of the model."""
        cells = self._cells
        cells[7] += input_ns
        cells[8] += infer_ns
        cells[9] += output_ns
        cells[10] += rows
        cells[11] += 1
        at = _RUNS + 4 * (rows if rows < BATCH_SIZES else BATCH_SIZES)
        cells[at] += 1
        cells[at + 1] += input_ns
        cells[at + 2] += infer_ns
        cells[at + 3] += output_ns

    def failed(self, total_ns: int) -> None:
        """Count a request that was answered with an error."""
        self._cells[ModelCell.FAIL] += 1
        self._cells[ModelCell.FAIL_NS] += total_ns

    def latency_buckets(self) -> list[int]:
        """Return how many answers fell into each bucket, the one beyond all bounds last."""
        return [int(count) for count in self._cells[_LATENCY:_RUNS]]

    def runs(self) -> Iterator[tuple[int, tuple[int, int, int, int]]]:
        """Return, for each size of runs that there were, the size and its `RunCell` counts.

        The last size, `BATCH_SIZES`, stands for itself and all above.
        """
        for size in range(BATCH_SIZES + 1):
            at = _RUNS + len(RunCell) * size
            runs, input_ns, infer_ns, output_ns = self._cells[at : at + len(RunCell)]
            if runs:
                yield size, (int(runs), int(input_ns), int(infer_ns), int(output_ns))


class Tallies:
    """The table.

    Parameters
    ----------
    memory : mmap
        At least `table_bytes` of shared memory.
    workers : int
        How many workers share it.
    worker : int
        Which of them this process is, from 0.
    """

    def __init__(self, memory: mmap.mmap, workers: int, worker: int = 0) -> None:
        self._memory = memory
        cells = memoryview(memory).cast("q")
        self._server = cells[: len(ServerCell)]
        rows = cells[len(ServerCell) :]
        self._workers = [
            rows[index * _WORKER_CELLS : (index + 1) * _WORKER_CELLS] for index in range(workers)
        ]
        self._own = self._workers[worker]
        self._in_flight = [row[: len(WorkerCell)] for row in self._workers]

    @classmethod
    def alone(cls) -> Self:
        """Return a table for one process."""
        return cls(mmap.mmap(-1, table_bytes(1)), 1)

    @classmethod
    def shared(cls, memory_fd: int, workers: int, worker: int = 0) -> Self:
        """Return the table that lies in a memory file descriptor (see `open_table`)."""
        return cls(mmap.mmap(memory_fd, table_bytes(workers)), workers, worker)

    @property
    def state(self) -> int:
        """The server's state, a `serve.models.served_models.State`'s value."""
        return int(self._server[ServerCell.STATE])

    @state.setter
    def state(self, value: int) -> None:
        self._server[ServerCell.STATE] = value

    def tell(self, cell: ServerCell, value: int) -> None:
        """Keep a fact about the whole server."""
        self._server[cell] = value

    def told(self, cell: ServerCell) -> int:
        """Return a fact about the whole server."""
        return int(self._server[cell])

    def add(self, cell: WorkerCell, amount: int = 1) -> int:
        """Add to a count of this worker; return what it is now."""
        self._own[cell] += amount
        return int(self._own[cell])

    def own(self, cell: WorkerCell) -> int:
        """Return a count of this worker."""
        return int(self._own[cell])

    def total(self, cell: WorkerCell) -> int:
        """Return a count of all workers together."""
        return sum(row[cell] for row in self._in_flight)

    def forget_present(self, worker: int, slots: int) -> int:
        """Clear what a worker that died had in its hands; what it had done stays counted.

        Parameters
        ----------
        worker : int
            Which one, from 0.
        slots : int
            How many slots are in use. Cells that nobody counts in are not touched, and so
            take no memory.

        Returns
        -------
        int
            How many requests it had read and not answered; they are counted as cut off.
        """
        row = self._workers[worker]
        lost = int(row[WorkerCell.READ] - row[WorkerCell.ANSWERED] - row[WorkerCell.CUT_OFF])
        row[WorkerCell.CUT_OFF] += lost
        for cell in (WorkerCell.IN_FLIGHT, WorkerCell.BUFFERED_BYTES, WorkerCell.CONNECTIONS):
            row[cell] = 0
        for slot in range(slots):
            row[_slot(slot).start + ModelCell.PENDING] = 0
        return lost

    def model(self, slot: int) -> ModelTally:
        """Return this worker's counts of a slot."""
        return ModelTally(self._own[_slot(slot)])

    def model_total(self, slot: int) -> ModelTally:
        """Return the counts of a slot, all workers together, as they are now."""
        rows: list[Sequence[int]] = [list(row[_slot(slot)]) for row in self._workers]
        total = [sum(cells) for cells in zip(*rows, strict=True)]
        total[ModelCell.LAST_INFERENCE_MS] = max(row[ModelCell.LAST_INFERENCE_MS] for row in rows)
        return ModelTally(total)


def table_bytes(workers: int) -> int:
    """Return the size of a table; memory that is never counted in is never occupied."""
    return _CELL_BYTES * (len(ServerCell) + workers * _WORKER_CELLS)


def open_table(workers: int) -> int:
    """Return the descriptor of new shared memory for a table, all zero, inheritable by name."""
    memory_fd = os.memfd_create("perbillion-tallies")
    os.ftruncate(memory_fd, table_bytes(workers))
    return memory_fd


def _slot(slot: int) -> slice:
    begin = len(WorkerCell) + slot * _SLOT_CELLS
    return slice(begin, begin + _SLOT_CELLS)
