"""A server's process and all that come from it: on one core, logged, never left behind."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

import psutil

from contract.errors import LoadTestError, ServingError

_WARDEN = Path(__file__).with_name("warden.py")
# The warden grants the server 10 s, then kills.
_STOP_SECONDS = 30.0
_LAST_LINES = 4
_ERROR = re.compile(r"error|fail|exception|refused|denied|no such", re.IGNORECASE)
_PATH = re.compile(r"(?<![\w.])(?:/[\w.+-]+){2,}/([\w.+-]+)")
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")

# Whatever opens a pool of threads by the number of cores shall open one thread.
ONE_THREAD = dict.fromkeys(
    (
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS",
        "NUMEXPR_NUM_THREADS",
        "BLIS_NUM_THREADS",
        "RAYON_NUM_THREADS",
        "TOKIO_WORKER_THREADS",
        "GOMAXPROCS",
    ),
    "1",
)


@dataclass(frozen=True, slots=True)
class PinnedCommand:
    """What to start and how.

    Attributes
    ----------
    arguments : sequence of str
        The program and its arguments.
    core : int
        The core that it and everything that comes from it runs on.
    folder : Path
        The working directory.
    log : Path
        Where its output goes.
    variables : mapping of str to str
        Environment variables beside those that all servers get.
    inherited_fds : sequence of int
        File descriptors it keeps open.
    """

    arguments: Sequence[str]
    core: int
    folder: Path
    log: Path
    variables: Mapping[str, str] = field(default_factory=dict)
    inherited_fds: Sequence[int] = ()


class PinnedProcess:
    """A running server; as a context manager it is stopped when the block is left."""

    def __init__(self, command: PinnedCommand) -> None:
        self._command = command
        arguments = [sys.executable, "-P", str(_WARDEN), str(command.core), str(os.getpid())]
        with command.log.open("wb") as log:
            self._warden = subprocess.Popen(
                [*arguments, *command.arguments],
                cwd=command.folder,
                env=_environment(command.variables),
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=command.inherited_fds,
                start_new_session=True,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()

    def stop(self) -> None:
        """End the server in order, and whatever is left of it by force."""
        if self._warden.poll() is not None:
            return
        self._warden.terminate()
        try:
            self._warden.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._warden.kill()
            self._warden.wait()
            raise ServingError(
                "processes of a server could not be ended", where=self._command.arguments[0]
            ) from None

    def wait(self) -> int:
        """Wait until the server has ended by itself; returns its exit status."""
        return self._warden.wait()

    def require_alive(self) -> None:
        """Check that the server still runs.

        Raises
        ------
        ServingError
            With the server's last lines, if it ended.
        """
        status = self._warden.poll()
        if status is not None:
            raise ServingError(f"ended with exit status {status}: {self.last_lines()}")

    def require_one_core(self) -> None:
        """Check that no thread of the server may run elsewhere.

        Raises
        ------
        LoadTestError
            If one may: the figure would not be that of one core.
        """
        for process in self._processes():
            for status in Path(f"/proc/{process.pid}/task").glob("*/status"):
                allowed = _allowed_cores(status)
                if allowed not in {None, str(self._command.core)}:
                    raise LoadTestError(
                        f"a thread of process {process.name()!r} may run on cores {allowed}",
                        remedy="every thread of a contender must stay on its one core",
                    )

    def resident_bytes(self) -> int:
        """Return the resident memory of all of the server's processes together."""
        return self.memory_probe()()

    def memory_probe(self) -> Callable[[], int]:
        """Return a reader of that memory which is cheap enough to be called under load.

        It reads the processes that there are now; finding them anew would take tens of
        milliseconds each time, and disturb a load generator on the same core.
        """
        processes = self._processes()

        def read() -> int:
            total = 0
            for process in processes:
                try:
                    total += process.memory_info().rss
                except psutil.NoSuchProcess:
                    continue
            return total

        return read

    def cpu_seconds(self) -> float:
        """Return the processor time that the server's processes have used so far."""
        total = 0.0
        for process in self._processes():
            try:
                times = process.cpu_times()
            except psutil.NoSuchProcess:
                continue
            total += times.user + times.system
        return total

    def last_lines(self) -> str:
        """Return the server's last errors, or its last lines, as one; paths cut to names."""
        return _shortened(self._command.log.read_text(errors="replace"))

    def _processes(self) -> list[psutil.Process]:
        try:
            return psutil.Process(self._warden.pid).children(recursive=True)
        except psutil.NoSuchProcess:
            return []


def _environment(variables: Mapping[str, str]) -> dict[str, str]:
    """Return the variables a server starts with: nothing of ours that would reach into it."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "VIRTUAL_ENV"))
    }
    return {**kept, **ONE_THREAD, "PYTHONUNBUFFERED": "1", **variables}


def _allowed_cores(status: Path) -> str | None:
    """Return the cores of a thread, as the kernel lists them; None if it ended meanwhile."""
    try:
        text = status.read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text.partition("Cpus_allowed_list:")[2].split()[0]


def _shortened(output: str) -> str:
    lines = [line.strip() for line in _COLOUR.sub("", output).splitlines() if line.strip()]
    # What a server says while it ends follows what it died of.
    told = [line[:200] for line in lines if _ERROR.search(line)] or lines
    return _PATH.sub(r"\1", " / ".join(told[-_LAST_LINES:])) or "it said nothing"
