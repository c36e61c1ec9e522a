"""A process that is going to be a worker: it imports what it needs and waits for its order."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from typing import Self

from contract.errors import ServingError
from serve.access.api_keys import ENVIRONMENT_VARIABLE


class WaitingProcess:
    """A process that was started and has no place yet.

    Parameters
    ----------
    process : Popen
        The process.
    control : socket
        The supervisor's end of the control channel.

    Attributes
    ----------
    control : socket
        See above.
    exited : Future of str
        How the process ended, such as ``died by SIGKILL``, when it has.
    """

    def __init__(self, process: subprocess.Popen[bytes], control: socket.socket) -> None:
        self.control = control
        self.exited = _exit_of(process)
        self._process = process

    @classmethod
    def start(cls) -> Self:
        """Start a process.

        It gets a session of its own: Ctrl-C in a terminal reaches the supervisor alone, which
        then ends its workers in order. Should the supervisor be killed, the end of the channel
        tells it to do so.

        Raises
        ------
        ServingError
            If the system starts no further process.
        """
        ours, theirs = socket.socketpair()
        with theirs:
            control_fd = theirs.fileno()
            try:
                process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "serve.workers.worker", str(control_fd)],
                    stdin=subprocess.DEVNULL,
                    # It gets digests of the API keys, and needs no more.
                    env={k: v for k, v in os.environ.items() if k != ENVIRONMENT_VARIABLE},
                    pass_fds=(control_fd,),
                    start_new_session=True,
                )
            except OSError as error:
                ours.close()
                raise ServingError(
                    f"cannot start a worker: {error.strerror or error}",
                    remedy="let it have more memory and processes, or give it fewer --workers",
                ) from error
        return cls(process, ours)

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    def kill(self) -> None:
        """End it at once; nothing where it has ended already."""
        self._process.kill()


def _exit_of(process: subprocess.Popen[bytes]) -> asyncio.Future[str]:
    """Return what becomes the news of the process's end; the kernel tells, nobody looks."""
    loop = asyncio.get_running_loop()
    exited: asyncio.Future[str] = loop.create_future()
    pid_fd = os.pidfd_open(process.pid)

    def reap() -> None:
        loop.remove_reader(pid_fd)
        os.close(pid_fd)
        exited.set_result(_told(process.wait()))

    loop.add_reader(pid_fd, reap)
    return exited


def _told(status: int) -> str:
    if status >= 0:
        return f"ended with exit status {status}"
    try:
        return f"died by {signal.Signals(-status).name}"
    except ValueError:  # a real-time signal has no name of its own
        return f"died by signal {-status}"
