"""Rows per second of a bare ONNX Runtime session: the limit that a server works towards.

``python -m benchmarks.peers.bare_session MODEL_FILE ROWS SECONDS``

The session is opened as the server opens it. The rows lie ready in memory, so nothing but
inference is timed. Prints one JSON line.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from time import perf_counter_ns

import numpy as np

from benchmarks.peers.example_model import INPUT, OUTPUT
from benchmarks.peers.pinned_process import ONE_THREAD
from benchmarks.peers.workbench import Workbench
from contract.errors import LoadTestError
from graph.session import open_session

_WARM_UP_NS = 300_000_000
_NS_PER_SECOND = 1_000_000_000


def bare_rows_per_second(model_file: Path, rows: int, seconds: float) -> float:
    """Run a session for some seconds; returns rows per second."""
    session = open_session(model_file)
    features = session.get_inputs()[0].shape[1]
    inputs = {INPUT: np.random.default_rng(1).random((rows, features), dtype=np.float32)}

    def run_for(span_ns: int) -> float:
        begun_ns = perf_counter_ns()
        runs, now_ns = 0, begun_ns
        while now_ns - begun_ns < span_ns:
            session.run([OUTPUT], inputs)
            runs += 1
            now_ns = perf_counter_ns()
        return runs * rows / ((now_ns - begun_ns) / _NS_PER_SECOND)

    run_for(_WARM_UP_NS)
    return run_for(round(seconds * _NS_PER_SECOND))


def measure_bare_session(bench: Workbench, model_file: Path, rows: int, seconds: float) -> float:
    """Do that in a process of its own on the server's core; returns rows per second.

    Raises
    ------
    LoadTestError
        If it fails.
    """
    command = [
        *("taskset", "--cpu-list", str(bench.server_core)),
        *("env", *(f"{name}={value}" for name, value in ONE_THREAD.items())),
        *(sys.executable, "-P", "-m", "benchmarks.peers.bare_session"),
        *(str(model_file), str(rows), str(seconds)),
    ]
    completed = subprocess.run(command, check=False, capture_output=True, text=True)
    if completed.returncode != 0:
        raise LoadTestError(f"the bare session failed: {completed.stderr.splitlines()[-1:]}")
    rate: float = json.loads(completed.stdout)
    return rate


if __name__ == "__main__":
    _model_file, _rows, _seconds = sys.argv[1:]
    _rate = bare_rows_per_second(Path(_model_file), int(_rows), float(_seconds))
    print(json.dumps(_rate))
