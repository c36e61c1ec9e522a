"""The usual way: a fresh server with one model, some load, and the load generator's own figures."""

from __future__ import annotations

import json
from pathlib import Path
from urllib.parse import urlsplit

from benchmarks.peers.wrk import WrkLoad, run_wrk
from benchmarks.resolution.figures import ArmLoad
from benchmarks.resolution.ground import Ground
from contract.errors import LoadTestError
from loadtest.instruments.instrument import require_success
from loadtest.machine.child_process import ChildCommand, ChildProcess

_LOCUSTFILE = Path(__file__).parent / "usual_way" / "locustfile.py"
_GRACE_SECONDS = 60.0
_US_PER_MS = 1e3
# wrk's connections: as many as keep a server busy.
WRK_CONNECTIONS = 16


def locust_load(ground: Ground, arm: str, seconds: int) -> ArmLoad:
    """Load one arm with Locust's command line: one user, one request after another.

    Raises
    ------
    ServingError, LoadTestError
        If the server or Locust fails, or a request does.
    """
    folder, request = ground.bench.folder("locust"), ground.request()
    described = {"path": request.path, "headers": dict(request.headers)}
    (folder / "request.json").write_text(json.dumps(described))
    (folder / "request.body").write_bytes(request.body)
    with ground.serving(arm) as server:
        command = ChildCommand(
            module="locust",
            arguments=(
                *("--locustfile", str(_LOCUSTFILE), "--host", server.base_url),
                *("--headless", "--only-summary", "--users", "1", "--spawn-rate", "1"),
                *("--run-time", f"{seconds}s"),
            ),
            folder=folder,
            log=ground.log("locust"),
            core=ground.bench.load_core,
        )
        with ChildProcess(command) as locust:
            require_success(locust, seconds + _GRACE_SECONDS)
    return _read(arm, folder / "statistics.json")


def wrk_load(ground: Ground, arm: str, seconds: int) -> ArmLoad:
    """Load one arm with wrk.

    Raises
    ------
    ServingError, LoadTestError
        If the server or wrk fails, or a request does.
    """
    load = WrkLoad(connections=WRK_CONNECTIONS, seconds=seconds)
    with ground.serving(arm) as server:
        port = urlsplit(server.base_url).port or 0
        report = run_wrk(ground.bench, port, ground.request(), load)
    return ArmLoad(arm=arm, mean_us=report.mean_us, requests_per_second=report.requests_per_second)


def _read(arm: str, file: Path) -> ArmLoad:
    """Read what Locust said of itself.

    Raises
    ------
    LoadTestError
        If a request failed, or none was answered.
    """
    statistics = json.loads(file.read_text())
    failures, requests = statistics["failures"], statistics["requests"]
    if failures:
        raise LoadTestError(f"{failures} of {requests} requests failed", where="locust")
    if not requests:
        raise LoadTestError("not one request was answered in its time", where="locust")
    return ArmLoad(
        arm=arm,
        mean_us=statistics["mean_ms"] * _US_PER_MS,
        requests_per_second=statistics["requests_per_second"],
    )
