"""Bare inference under Valgrind's callgrind, in a process of its own.

``valgrind --tool=callgrind --instr-atstart=no --dump-before=getppid python -P -m
loadtest.generators.callgrind_loop ORDER.json`` infers one request again and again, with one model
after another: a warm-up, a short run and a long run each.

While modules and models are loaded nothing is counted, which is several times quicker; the
process itself has counting switched on. It calls ``getppid`` for a cut: callgrind writes what it
has counted since the last one to a file, and counts on from zero.
"""

from __future__ import annotations

import gc
import os
import subprocess
from pathlib import Path
from typing import Literal

import numpy as np

from contract.document import Document
from contract.errors import LoadTestError
from contract.traffic import Traffic
from graph.session import open_session
from loadtest.generators.measuring_process import run_order

CUT_FUNCTION = "getppid"
_RUNS_A_MODEL = 3
_VGDB_SECONDS = 60


class CallgrindOrder(Document):
    """What to count.

    Schema history: 1 = first; 2 = traffic of any inputs.

    Attributes
    ----------
    models : tuple of Path
        ONNX files, one after another.
    traffic : Path
        Where the request that is inferred comes from: the first.
    short_run, long_run : int
        Inferences of a short and a long run; the warm-up is as long as a short run.
    vgdb, vgdb_prefix : Path
        Valgrind's command to talk to a process that it runs, and how its pipes' names begin.
    told_fd : int
        Gets a line after each model.
    """

    schema_version: Literal[2] = 2
    models: tuple[Path, ...]
    traffic: Path
    short_run: int
    long_run: int
    vgdb: Path
    vgdb_prefix: Path
    told_fd: int


def parts_written(models: int) -> int:
    """Return how many files the cuts make: one before the first model, one after each run."""
    return 1 + _RUNS_A_MODEL * models


def parts_of(model: int) -> tuple[int, int]:
    """Return the numbers, from 1, of the files that count a model's short run and long run.

    Parameters
    ----------
    model : int
        Its place in the order, from 0.
    """
    long = parts_written(model + 1)
    return long - 1, long


def main(order_file: Path) -> None:
    """Infer as an order file says.

    Raises
    ------
    ArtifactError
        If a model or the inputs cannot be read.
    LoadTestError
        If counting cannot be switched on.
    """
    order = CallgrindOrder.load(order_file)
    # Copied: it must not keep all the others in memory that Valgrind looks after.
    first = Traffic.load(order.traffic).requests[0]
    feed = {name: np.array(array) for name, array in first.items()}
    sessions = [open_session(model) for model in order.models]
    # A collection would fall into some run's count.
    gc.disable()
    _switch_counting_on(order)
    os.getppid()
    for session in sessions:
        run = session.run
        for inferences in (order.short_run, order.short_run, order.long_run):
            for _ in range(inferences):
                run(None, feed)
            os.getppid()
        os.write(order.told_fd, b"\n")


def _switch_counting_on(order: CallgrindOrder) -> None:
    command = [
        *(str(order.vgdb), f"--pid={os.getpid()}", f"--vgdb-prefix={order.vgdb_prefix}"),
        *("--max-invoke-ms=0", f"--cmd-time-out={_VGDB_SECONDS}", "instrumentation", "on"),
    ]
    with subprocess.Popen(command) as vgdb:
        # Valgrind listens while code runs. For a process that sleeps until vgdb has ended, vgdb
        # would have to trace it, which is not allowed everywhere.
        while vgdb.poll() is None:
            pass
    if vgdb.returncode != 0:
        raise LoadTestError(
            f"cannot switch Valgrind's counting on: vgdb ended with exit status {vgdb.returncode}",
            remedy="is this process run by valgrind --tool=callgrind?",
        )


if __name__ == "__main__":
    run_order(main)
