"""The open-loop generator as a process of its own."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

import numpy as np

from benchmarks.peers.http_exchange import HttpRequest
from benchmarks.peers.open_loop import OpenLoopOrder
from benchmarks.peers.workbench import Workbench
from contract.errors import LoadTestError
from loadtest.wire.arrivals import Arrivals
from loadtest.wire.open_loop import OpenLoopOutcome

# Beside the schedule: starting, and waiting for the last answers.
_START_SECONDS = 60.0
_LOOK_SECONDS = 0.2


@dataclass(frozen=True, slots=True)
class OpenLoad:
    """How hard the generator drives: evenly, over so many connections at most."""

    arrivals: Arrivals
    connections: int = 512


def drive_open_loop(
    bench: Workbench,
    port: int,
    request: HttpRequest,
    load: OpenLoad,
    meanwhile: Callable[[], None],
) -> OpenLoopOutcome:
    """Run the generator as a process of its own on the load's core, and read its outcome.

    Parameters
    ----------
    bench : Workbench
        The cores.
    port : int
        Of the loopback interface.
    request : HttpRequest
        What is sent.
    load : OpenLoad
        How often.
    meanwhile : callable
        Called several times a second while the generator runs.

    Raises
    ------
    LoadTestError
        If the generator fails.
    """
    order_file, outcome_file = bench.scratch / "order.json", bench.scratch / "outcome.npz"
    request_file, log = bench.scratch / "request.http", bench.scratch / "open_loop.log"
    request_file.write_bytes(request.wire(port))
    order = OpenLoopOrder(
        port=port,
        request=request_file,
        outcome=outcome_file,
        rate_hz=load.arrivals.rate_hz,
        seconds=load.arrivals.seconds,
        connections=load.connections,
    )
    order.save(order_file)
    module = "benchmarks.peers.open_loop"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [
                *("taskset", "--cpu-list", str(bench.load_core)),
                *(sys.executable, "-P", "-m", module, str(order_file)),
            ],
            stdout=output,
            stderr=subprocess.STDOUT,
        ) as process,
    ):
        try:
            status = _attend(process, load.arrivals.seconds + _START_SECONDS, meanwhile)
        except BaseException:
            process.kill()
            raise
    if status != 0:
        said = log.read_text(errors="replace").strip().splitlines()[-1:]
        raise LoadTestError(f"the open-loop generator failed: {said}")
    with np.load(outcome_file) as columns:
        return OpenLoopOutcome(**{name: columns[name] for name in columns.files})


def _attend(
    process: subprocess.Popen[bytes], limit_seconds: float, meanwhile: Callable[[], None]
) -> int:
    """Wait for the generator's end, doing something meanwhile; returns its exit status."""
    give_up = monotonic() + limit_seconds
    while monotonic() < give_up:
        meanwhile()
        try:
            return process.wait(_LOOK_SECONDS)
        except subprocess.TimeoutExpired:
            continue
    raise LoadTestError(f"the open-loop generator did not end within {limit_seconds:.0f} s")
