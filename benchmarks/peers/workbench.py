"""Where a benchmark works: its cores, its scratch folder, the models it serves."""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from contract.environment import Environment, observe
from contract.errors import LoadTestError
from loadtest.machine.cores import available_cores, choose_cores


@dataclass(frozen=True, slots=True)
class Workbench:
    """The surroundings that all contenders share.

    Attributes
    ----------
    server_core : int
        The one core that a server and all its processes run on.
    load_core : int
        The core of wrk, of the open-loop generator and of the benchmark itself.
    scratch : Path
        A folder of its own, which goes when the benchmark ends. Its path is short: some
        servers make Unix sockets in it, whose paths may have some hundred characters.
    environment : Environment
        The machine and the versions.
    serve_options : tuple of str
        Options that every server of perbillion is started with, beside the defaults.
    """

    server_core: int
    load_core: int
    scratch: Path
    environment: Environment
    serve_options: tuple[str, ...] = ()

    def folder(self, name: str) -> Path:
        """Return an empty folder of that name in the scratch folder."""
        path = self.scratch / name
        shutil.rmtree(path, ignore_errors=True)
        path.mkdir(parents=True)
        return path


@contextmanager
def open_workbench(serve_options: tuple[str, ...] = ()) -> Iterator[Workbench]:
    """Take two cores and a scratch folder; this process moves to the load's core.

    Raises
    ------
    LoadTestError
        If there is one core only, or wrk is not installed.
    """
    cores = choose_cores(available_cores())
    if cores.measured is None or cores.generator is None:
        raise LoadTestError(
            "one core only", remedy="server and load need a core each: run this on two or more"
        )
    if shutil.which("wrk") is None:
        raise LoadTestError("wrk is not installed", remedy="apt-get install wrk")
    environment = observe({})
    before = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {cores.generator})
    try:
        with tempfile.TemporaryDirectory(prefix="peers-") as scratch:
            yield Workbench(
                cores.measured, cores.generator, Path(scratch), environment, serve_options
            )
    finally:
        os.sched_setaffinity(0, before)


def free_port() -> int:
    """Return a port of the loopback interface that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
