"""Starts a server on one core and leaves nothing of it behind.

``python -P warden.py CORE PARENT_PID PROGRAM [ARGUMENT ...]``

Some servers start processes in sessions of their own, which outlive the process they were
started by. The warden is the "subreaper" of everything that comes from its one child: what
is orphaned becomes the warden's own child and not that of process 1. When the server ends, when
the warden is told to end, and when the benchmark itself is killed, it ends them all.

It runs by its path, in whatever environment: the standard library and psutil are all it takes.
"""

from __future__ import annotations

import ctypes
import os
import signal
import subprocess
import sys
import time

import psutil

# <sys/prctl.h>
_PR_SET_PDEATHSIG = 1
_PR_SET_CHILD_SUBREAPER = 36
_GRACE_SECONDS = 10.0
_LOOK_SECONDS = 1.0
_SIGNALS = {signal.SIGTERM, signal.SIGINT, signal.SIGCHLD}


def main(arguments: list[str]) -> int:
    """Run the server until it ends or shall end; returns its exit status."""
    core, parent, command = int(arguments[0]), int(arguments[1]), arguments[2:]
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1)
    libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # the benchmark died before the line above
        return 1
    signal.pthread_sigmask(signal.SIG_BLOCK, _SIGNALS)

    def settle() -> None:
        os.sched_setaffinity(0, {core})
        signal.pthread_sigmask(signal.SIG_UNBLOCK, _SIGNALS)

    # Only calls into the kernel between fork and exec; descriptors that the benchmark handed
    # on (a ready pipe) go on to the server.
    server = subprocess.Popen(command, preexec_fn=settle, close_fds=False)  # noqa: PLW1509
    try:
        return _wait(server.pid)
    finally:
        _end_all()
        server.returncode = 0  # it was waited for here, not by subprocess


def _wait(server: int) -> int:
    """Wait for the server's end; told to end, hand that on and grant it some time."""
    end_by = float("inf")
    while time.monotonic() < end_by:
        taken = signal.sigtimedwait(_SIGNALS, _LOOK_SECONDS)
        if taken is not None and taken.si_signo in {signal.SIGTERM, signal.SIGINT}:
            os.kill(server, signal.SIGTERM)
            end_by = time.monotonic() + _GRACE_SECONDS
        status = _reap().get(server)
        if status is not None:
            return os.waitstatus_to_exitcode(status)
    return -signal.SIGKILL


def _reap() -> dict[int, int]:
    """Take leave of every child that has ended, adopted ones included."""
    ended: dict[int, int] = {}
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if pid == 0:
            return ended
        ended[pid] = status


def _end_all() -> None:
    """Kill whatever is left, until nothing comes up any more."""
    while left := psutil.Process().children(recursive=True):
        for process in left:
            try:
                process.kill()
            except psutil.NoSuchProcess:
                continue
        signal.sigtimedwait({signal.SIGCHLD}, _LOOK_SECONDS)
        _reap()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]) & 0xFF)
