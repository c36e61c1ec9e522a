"""A process of ours: pinned, logged, and never left behind."""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self

from contract.errors import ArtifactError

_PR_SET_PDEATHSIG = 1  # <sys/prctl.h>
_LIBC = ctypes.CDLL(None, use_errno=True)
_STOP_SECONDS = 10.0
_LAST_LINES = 8


@dataclass(frozen=True, slots=True)
class ChildCommand:
    """What to start and how.

    Attributes
    ----------
    module : str
        Run as ``python -P -m module``: ``-P`` keeps a user's own ``serve.py`` in the
        working directory from shadowing ours.
    arguments : sequence of str
        Its arguments.
    folder : Path
        The working directory.
    log : Path
        Where its output goes.
    core : int or None
        The core it is pinned to.
    inherited_fds : sequence of int
        File descriptors it keeps open.
    realtime : bool
        Whether it shall run before every ordinary process of its core (SCHED_FIFO), where that
        is allowed. Not for a process that never sleeps: it would keep its core to itself.
    prefix : sequence of str
        Words before the interpreter: a program that becomes the child, such as ``valgrind``.
    """

    module: str
    arguments: Sequence[str]
    folder: Path
    log: Path
    core: int | None = None
    inherited_fds: Sequence[int] = ()
    realtime: bool = False
    prefix: Sequence[str] = ()


class ChildProcess:
    """A running child; as a context manager it is stopped when the block is left.

    The child gets a session of its own, so that Ctrl-C reaches this process alone, which
    then stops its children in order. Should this process be killed outright, the kernel
    sends each child SIGTERM.

    Raises
    ------
    ArtifactError
        If the log cannot be written.
    """

    def __init__(self, command: ChildCommand) -> None:
        self._log = command.log
        try:
            command.log.parent.mkdir(parents=True, exist_ok=True)
            log = command.log.open("wb")
        except OSError as error:
            reason = error.strerror or str(error)
            raise ArtifactError(
                f"cannot write the log: {reason}", where=str(command.log)
            ) from error
        with log:
            self._process = subprocess.Popen(
                [*command.prefix, sys.executable, "-P", "-m", command.module, *command.arguments],
                cwd=command.folder,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                pass_fds=command.inherited_fds,
                start_new_session=True,
                # Only calls into the kernel between fork and exec: safe beside threads.
                preexec_fn=_settle(os.getpid(), command.core, realtime=command.realtime),  # noqa: PLW1509
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

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    @property
    def realtime(self) -> bool:
        """Whether it runs with a real-time priority."""
        return os.sched_getscheduler(self.pid) == os.SCHED_FIFO

    @property
    def returncode(self) -> int | None:
        """The exit status, or None while it runs; negative: the signal that ended it."""
        return self._process.poll()

    def wait(self, timeout_seconds: float | None = None) -> int | None:
        """Wait for the end; returns the exit status, or None if it still runs after that time."""
        try:
            return self._process.wait(timeout_seconds)
        except subprocess.TimeoutExpired:
            return None

    def stop(self) -> None:
        """End the process: SIGTERM, and SIGKILL if that is not enough."""
        if self._process.poll() is None:
            self._process.terminate()
            if self.wait(_STOP_SECONDS) is None:
                self._process.kill()
                self._process.wait()

    def last_lines(self) -> str:
        """Return the last lines of the child's output, on one line."""
        lines = self._log.read_text(errors="replace").split("\n")
        return " | ".join([line.strip() for line in lines if line.strip()][-_LAST_LINES:])


def _settle(parent: int, core: int | None, *, realtime: bool) -> Callable[[], None]:
    """Return what the child does before it becomes the new program."""

    def settle() -> None:
        _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # the parent died before the line above
            os._exit(1)
        if core is not None:
            os.sched_setaffinity(0, {core})
        if realtime:
            with suppress(PermissionError):
                os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))

    return settle
