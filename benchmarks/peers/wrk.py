"""wrk: closed-loop load from one thread, and what it reports."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from typing import Self

from benchmarks.peers.contender import RunningContender
from benchmarks.peers.http_exchange import HttpRequest
from benchmarks.peers.workbench import Workbench
from contract.errors import LoadTestError
from loadtest.machine.host_activity import HostActivity

_MARK = "WRK-RESULT "
_TIMEOUT_SECONDS = 30
# wrk formats the request once, before the first is sent; `done` is called after the last.
_SCRIPT = """\
wrk.method = {method}
wrk.path = {path}
{headers}
local file = io.open({body_file}, "rb")
wrk.body = file:read("*a")
file:close()
if wrk.body == "" then wrk.body = nil end
function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    "{mark}{{\\"requests\\": %d, \\"duration_us\\": %d, \\"connect_errors\\": %d, " ..
    "\\"read_errors\\": %d, \\"write_errors\\": %d, \\"status_errors\\": %d, " ..
    "\\"timeouts\\": %d, \\"mean_us\\": %.3f, \\"p50_us\\": %d, \\"p99_us\\": %d}}\\n",
    summary.requests, summary.duration, e.connect, e.read, e.write, e.status, e.timeout,
    latency.mean, latency:percentile(50), latency:percentile(99)))
end
"""


@dataclass(frozen=True, slots=True)
class WrkLoad:
    """How hard wrk drives, and for how long.

    Attributes
    ----------
    connections : int
        Each has one request in flight at any time.
    seconds : int
        wrk takes whole seconds.
    """

    connections: int = 16
    seconds: int = 5


@dataclass(frozen=True, slots=True)
class WrkReport:
    """What one run of wrk counted; latencies are from sent to answered, in microseconds."""

    requests: int
    duration_us: int
    connect_errors: int
    read_errors: int
    write_errors: int
    status_errors: int
    timeouts: int
    mean_us: float
    p50_us: int
    p99_us: int

    @classmethod
    def parse(cls, output: str) -> Self:
        """Read what wrk wrote.

        Raises
        ------
        LoadTestError
            If its last line is not there: wrk could not connect, or was ended.
        """
        for line in output.splitlines():
            if line.startswith(_MARK):
                return cls(**json.loads(line.removeprefix(_MARK)))
        said = output.strip().splitlines()
        raise LoadTestError(f"wrk reported nothing: {said[-1] if said else 'no output'}")

    @property
    def requests_per_second(self) -> float:
        """Requests answered in a second."""
        return self.requests / (self.duration_us / 1e6)

    def require_clean(self) -> None:
        """Check that every request was answered with success.

        Raises
        ------
        LoadTestError
            With the counts, if one was not, or none was answered at all.
        """
        errors = {
            "connect": self.connect_errors,
            "read": self.read_errors,
            "write": self.write_errors,
            "status": self.status_errors,
            "timeout": self.timeouts,
        }
        found = ", ".join(f"{count} {name}" for name, count in errors.items() if count)
        if found:
            raise LoadTestError(f"errors under load: {found} of {self.requests} requests")
        if self.requests == 0:
            raise LoadTestError("not one request was answered under load")


@dataclass(frozen=True, slots=True)
class Driven:
    """A run of wrk and what the machine did meanwhile.

    Attributes
    ----------
    report : WrkReport
        What wrk counted.
    steal_share : float
        The share of all cores' time that the hypervisor took for others.
    foreign_share : float
        The share of it that processes other than server, wrk and this one used: next to
        nothing, where a figure is to be believed.
    """

    report: WrkReport
    steal_share: float
    foreign_share: float


def drive(
    bench: Workbench, server: RunningContender, request: HttpRequest, load: WrkLoad
) -> Driven:
    """Drive a server from the load's core; every request must be answered with success.

    Raises
    ------
    LoadTestError
        If wrk fails, or a request was answered with an error.
    """
    before, served_before = HostActivity.read(), server.process.cpu_seconds()
    report = run_wrk(bench, server.port, request, load)
    after, served_after = HostActivity.read(), server.process.cpu_seconds()
    steal_share, unknown_share = after.shares_since(before)
    served_share = (served_after - served_before) / (after.total_seconds - before.total_seconds)
    return Driven(report, steal_share, max(0.0, unknown_share - served_share))


def run_wrk(bench: Workbench, port: int, request: HttpRequest, load: WrkLoad) -> WrkReport:
    """Drive whoever listens on a port; every request must be answered with success.

    Raises
    ------
    LoadTestError
        If wrk fails, or a request was answered with an error.
    """
    script = bench.scratch / "wrk.lua"
    body_file = bench.scratch / "wrk.body"
    body_file.write_bytes(request.body)
    headers = "\n".join(
        f"wrk.headers[{_lua(name)}] = {_lua(value)}" for name, value in request.headers.items()
    )
    script.write_text(
        _SCRIPT.format(
            mark=_MARK,
            method=_lua(request.method),
            path=_lua(request.path),
            headers=headers,
            body_file=_lua(str(body_file)),
        )
    )
    report = WrkReport.parse(_run(bench, port, request, load, str(script)))
    report.require_clean()
    return report


def _run(bench: Workbench, port: int, request: HttpRequest, load: WrkLoad, script: str) -> str:
    command = [
        *("taskset", "--cpu-list", str(bench.load_core)),
        *("wrk", "--threads", "1", "--connections", str(load.connections)),
        *("--duration", f"{load.seconds}s", "--timeout", f"{_TIMEOUT_SECONDS}s"),
        *("--script", script, f"http://127.0.0.1:{port}{request.path}"),
    ]
    limit_seconds = load.seconds + 2 * _TIMEOUT_SECONDS
    try:
        completed = subprocess.run(
            command, check=False, capture_output=True, text=True, timeout=limit_seconds
        )
    except subprocess.TimeoutExpired as error:
        raise LoadTestError(f"wrk did not end within {limit_seconds} s") from error
    return completed.stdout + completed.stderr


def _lua(text: str) -> str:
    """Write a string in Lua; JSON's escapes are Lua's too for what stands in headers."""
    return json.dumps(text)
