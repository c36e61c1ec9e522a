"""Kills one worker after another while requests are on their way."""

from __future__ import annotations

import asyncio
import os
import signal
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter_ns

import psutil

from benchmarks.peers.codec import BINARY
from benchmarks.peers.example_model import MLP
from benchmarks.workers.closed_load import ClosedLoad
from benchmarks.workers.result import Kill, Memory, WorkersResult
from contract.environment import observe
from contract.errors import ServingError
from loadtest.machine.child_process import ChildCommand, ChildProcess

ARMS = 8
_READY = "ready on http://127.0.0.1:"
_BACK = " is back as pid "
_LOOK_SECONDS = 0.002
_PATIENCE_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class KillPlan:
    """How often to kill, and under which load.

    Attributes
    ----------
    kills : int
        How often.
    workers : int
        Of how many.
    connections : int
        Each has one request in flight at any time.
    seconds : float
        Load before each kill.
    """

    kills: int = 20
    workers: int = 2
    connections: int = 32
    seconds: float = 2.0


class _Server(ChildProcess):
    """The server and what it has said so far."""

    def __init__(self, repository: Path, workers: int, log: Path) -> None:
        arguments = (str(repository), "--port", "0", "--workers", str(workers))
        super().__init__(ChildCommand("serve", arguments, repository, log))
        self._output = log

    def count(self, text: str) -> int:
        return self._output.read_text().count(text)

    def port(self) -> int:
        return int(self._output.read_text().partition(_READY)[2].partition(",")[0])

    def worker_pids(self) -> list[int]:
        """Return the workers: those that listen, not the one that waits for its turn."""
        children = psutil.Process(self.pid).children()
        return sorted(child.pid for child in children if _listens(child))

    def spare_pid(self) -> int:
        """Return the process that waits for its turn."""
        children = psutil.Process(self.pid).children()
        return next(child.pid for child in children if not _listens(child))

    async def wait_for(self, text: str, times: int) -> None:
        """Wait until it has said something so often."""
        end_ns = perf_counter_ns() + int(_PATIENCE_SECONDS * 1e9)
        while self.count(text) < times:
            if self.returncode is not None or perf_counter_ns() > end_ns:
                raise ServingError(f"the server never said {text!r}: {self.last_lines()}")
            await asyncio.sleep(_LOOK_SECONDS)


async def measure_kills(plan: KillPlan, say: Callable[[str], None]) -> WorkersResult:
    """Serve, drive, and kill one worker after the other.

    Raises
    ------
    ServingError
        If the server ends, or a worker is not replaced.
    LoadTestError
        If the load fails.
    """
    load_before = os.getloadavg()[0]
    with tempfile.TemporaryDirectory(prefix="workers-") as scratch:
        repository = Path(scratch) / "repository"
        for number in range(ARMS):
            MLP.put(repository, f"arm{number}")
        log = Path(scratch) / "server.log"
        with _Server(repository, plan.workers, log) as server:
            await server.wait_for(_READY, 1)
            request = BINARY.write("/v2/models/arm0/infer", MLP.rows(1))
            port = server.port()
            async with ClosedLoad(port, request.wire(port), plan.connections) as load:
                return await _measure(plan, server, load, load_before, say)


async def _measure(
    plan: KillPlan,
    server: _Server,
    load: ClosedLoad,
    load_before: float,
    say: Callable[[str], None],
) -> WorkersResult:
    await asyncio.sleep(plan.seconds)
    load.take()
    begun_ns = perf_counter_ns()
    await asyncio.sleep(plan.seconds)
    rate = load.take().answered / ((perf_counter_ns() - begun_ns) / 1e9)
    memories = [_memory(pid) for pid in server.worker_pids()]
    supervisor, spare = _memory(server.pid), _memory(server.spare_pid())
    kills = []
    for number in range(plan.kills):
        kill = await _kill(server, load, number)
        kills.append(kill)
        say(
            f"{number + 1} of {plan.kills}: {kill.lost} of {kill.in_flight} lost, "
            f"{kill.lost_elsewhere} elsewhere, replaced after {kill.back_seconds:.2f} s"
        )
        await asyncio.sleep(plan.seconds)
    return WorkersResult(
        measured=datetime.now(UTC).isoformat(timespec="seconds"),
        environment=observe({}),
        workers=plan.workers,
        connections=plan.connections,
        arms=ARMS,
        load_before=round(load_before, 2),
        requests_per_second=round(rate, 1),
        supervisor=supervisor,
        spare=spare,
        worker=max(memories, key=lambda memory: memory.resident_bytes),
        kills=tuple(kills),
    )


async def _kill(server: _Server, load: ClosedLoad, number: int) -> Kill:
    pids = server.worker_pids()
    victim = pids[number % len(pids)]
    # In a thread: the load goes on, so that the victim is busy when it is killed.
    ports = await asyncio.to_thread(_client_ports, victim)
    load.take()
    in_flight = load.in_flight(ports)
    os.kill(victim, signal.SIGKILL)
    killed_ns = perf_counter_ns()
    await server.wait_for(_BACK, number + 1)
    back_ns = perf_counter_ns()
    meanwhile = load.take()
    await load.settle()
    after = load.take()
    lost = meanwhile.lost + after.lost
    return Kill(
        in_flight=in_flight,
        lost=sum(port in ports and sent_ns < killed_ns for port, sent_ns in lost),
        lost_later=sum(port in ports and sent_ns >= killed_ns for port, sent_ns in lost),
        lost_elsewhere=sum(port not in ports for port, _ in lost),
        refused=meanwhile.refused + after.refused,
        answered_meanwhile=meanwhile.answered,
        back_seconds=round((back_ns - killed_ns) / 1e9, 3),
        longest_wait_seconds=round(max(meanwhile.longest_wait_ns, after.longest_wait_ns) / 1e9, 3),
    )


def _listens(process: psutil.Process) -> bool:
    connections = process.net_connections("tcp")
    return any(each.status == psutil.CONN_LISTEN for each in connections)


def _client_ports(pid: int) -> set[int]:
    """Return the client's port of each connection that a worker has taken."""
    connections = psutil.Process(pid).net_connections("tcp")
    return {connection.raddr.port for connection in connections if connection.raddr}


def _memory(pid: int) -> Memory:
    memory = psutil.Process(pid).memory_full_info()
    return Memory(resident_bytes=memory.rss, proportional_bytes=memory.pss)
