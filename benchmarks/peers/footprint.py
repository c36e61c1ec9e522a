"""Resident memory and time to ready of a server with eight arms."""

from __future__ import annotations

import os
import select
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from time import perf_counter_ns
from typing import Literal

from benchmarks.pages.page import Part, Say
from benchmarks.peers.catalogue import perbillion_binary
from benchmarks.peers.codec import check_answer
from benchmarks.peers.contender import RunningContender, Serving, new_serving
from benchmarks.peers.example_model import MLP, right_answer
from benchmarks.peers.http_exchange import ask
from benchmarks.peers.pinned_process import PinnedProcess
from benchmarks.peers.result import Sitting
from benchmarks.peers.start_commands import perbillion_arguments, perbillion_variables
from benchmarks.peers.workbench import Workbench
from benchmarks.peers.wrk import WrkLoad, drive
from contract.document import Document
from contract.errors import ServingError

NAME = "footprint"
ARMS = 8
_READY_SECONDS = 60.0


class Start(Part):
    """One start.

    Attributes
    ----------
    ready_seconds : float
        From the start of the process to its word that every model is warm.
    ready_bytes : int
        Resident memory then.
    loaded_bytes : int
        Resident memory after each arm was driven for some time.
    """

    ready_seconds: float
    ready_bytes: int
    loaded_bytes: int


class FootprintResult(Document):
    """All starts.

    Schema history: 1 = first.
    """

    schema_version: Literal[1] = 1
    sitting: Sitting
    arms: int
    seconds: int
    starts: tuple[Start, ...]


@dataclass(frozen=True, slots=True)
class FootprintPlan:
    """How often to start, and how long to drive each arm."""

    starts: int = 5
    load: WrkLoad = field(default_factory=lambda: WrkLoad(seconds=1))


def measure_footprint(bench: Workbench, plan: FootprintPlan, say: Say) -> FootprintResult:
    """Start a server of eight arms several times.

    Raises
    ------
    ServingError, LoadTestError
        If the server fails.
    """
    repository = bench.folder("repository")
    names = tuple(f"arm{number}" for number in range(ARMS))
    for name in names:
        MLP.put(repository, name)
    starts = []
    for _ in range(plan.starts):
        starts.append(_start(bench, plan, repository, names))
        say(
            f"ready after {starts[-1].ready_seconds:.2f} s with {starts[-1].ready_bytes / 1e6:.0f} "
            f"MB, {starts[-1].loaded_bytes / 1e6:.0f} MB after load"
        )
    return FootprintResult(
        sitting=Sitting.of(bench), arms=ARMS, seconds=plan.load.seconds, starts=tuple(starts)
    )


def _start(
    bench: Workbench, plan: FootprintPlan, repository: Path, names: tuple[str, ...]
) -> Start:
    rows = MLP.rows(1)
    right = right_answer(repository / names[0] / "1" / "model.onnx", rows)
    serving = new_serving(bench, repository, MLP)
    with _ready_server(serving) as (process, ready_seconds):
        ready_bytes = process.resident_bytes()
        for name in names:
            contender = perbillion_binary(name)
            request = contender.request(rows)
            check_answer(contender.codec, ask(serving.port, request), right)
            drive(bench, RunningContender(process, serving.port), request, plan.load)
        process.require_one_core()
        return Start(
            ready_seconds=round(ready_seconds, 4),
            ready_bytes=ready_bytes,
            loaded_bytes=process.resident_bytes(),
        )


@contextmanager
def _ready_server(serving: Serving) -> Iterator[tuple[PinnedProcess, float]]:
    """Start a server and wait for its word; yields it and how long that took, in seconds."""
    reading, writing = os.pipe()
    try:
        arguments = perbillion_arguments(serving, "--ready-fd", str(writing))
        command = serving.command(arguments, perbillion_variables())
        begun_ns = perf_counter_ns()
        process = PinnedProcess(replace(command, inherited_fds=(writing,)))
    finally:
        os.close(writing)
    with process, os.fdopen(reading, "rb") as pipe:
        readable, _, _ = select.select([pipe], [], [], _READY_SECONDS)
        ready_seconds = (perf_counter_ns() - begun_ns) / 1e9
        if not readable or not pipe.readline():
            process.require_alive()
            raise ServingError(f"not ready: {process.last_lines()}")
        yield process, ready_seconds
