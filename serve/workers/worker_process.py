"""A worker as its supervisor sees it: a process, a control channel, and an end to wait for."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Callable, Sequence
from typing import Self

from contract.errors import ServingError, WorkerDiedError
from serve.access.api_keys import ENVIRONMENT_VARIABLE
from serve.workers.control_channel import ControlChannel
from serve.workers.control_messages import Done, Granted, Leaving, LetGo, Order, Wish


class WorkerProcess:
    """One worker, from its start to its end.

    Parameters
    ----------
    index : int
        Which one, from 0.
    process : Popen
        The process.
    channel : ControlChannel
        The supervisor's end.
    hear : callable
        Is told what the worker says unasked.

    Attributes
    ----------
    ended : asyncio.Event
        Set when the process is gone and everything it said has been heard.
    how : str
        Then, how it ended, such as ``died by SIGKILL``.
    """

    def __init__(
        self,
        index: int,
        process: subprocess.Popen[bytes],
        channel: ControlChannel,
        hear: Callable[[WorkerProcess, Wish | Leaving], None],
    ) -> None:
        self.index = index
        self.ended = asyncio.Event()
        self.how = ""
        self._process = process
        self._channel = channel
        self._hear = hear
        self._answer: asyncio.Future[Done] | None = None
        self._exited = _exit_of(process)
        self._attending = asyncio.create_task(self._attend())

    @classmethod
    async def start(
        cls,
        index: int,
        inherited_fds: Sequence[int],
        hear: Callable[[WorkerProcess, Wish | Leaving], None],
    ) -> Self:
        """Start a worker, which waits for its first order.

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
                    pass_fds=(control_fd, *inherited_fds),
                    start_new_session=True,
                )
            except OSError as error:
                ours.close()
                raise ServingError(
                    f"cannot start a worker: {error.strerror or error}",
                    remedy="let it have more memory and processes, or give it fewer --workers",
                ) from error
        return cls(index, process, await ControlChannel.open(ours), hear)

    def __str__(self) -> str:
        """Return how people call it; they count from 1."""
        return f"worker {self.index + 1} (pid {self.pid})"

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    async def ask(self, order: Order) -> Done:
        """Give an order and wait until it is carried out; one at a time.

        Raises
        ------
        WorkerDiedError
            If the worker dies before.
        PerbillionError, ModuleNotFoundError
            What kept it from doing so.
        """
        if self.ended.is_set():
            raise WorkerDiedError(f"{self} {self.how}")
        self._answer = asyncio.get_running_loop().create_future()
        self._channel.send(order)
        done = await self._answer
        if done.error is not None:
            raise done.error
        return done

    def answer(self, answer: Granted | LetGo) -> None:
        """Answer what it said unasked."""
        self._channel.send(answer)

    def drain(self) -> None:
        """Let it answer what it has been asked, and end."""
        self._channel.close()

    def kill(self) -> None:
        """End it at once; nothing where it has ended already."""
        self._process.kill()

    async def _attend(self) -> None:
        while (message := await self._channel.receive()) is not None:
            if isinstance(message, Done):
                self._settle(message)
            elif isinstance(message, Wish | Leaving):
                self._hear(self, message)
        # Only now: what it said last may come after the news of its end.
        self.how = _told(await self._exited)
        self._channel.close()
        self.ended.set()
        self._settle(Done(WorkerDiedError(f"{self} {self.how}")))

    def _settle(self, done: Done) -> None:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(done)


def _exit_of(process: subprocess.Popen[bytes]) -> asyncio.Future[int]:
    """Return what becomes the process's exit status; the kernel tells, nobody looks."""
    loop = asyncio.get_running_loop()
    exited: asyncio.Future[int] = loop.create_future()
    pid_fd = os.pidfd_open(process.pid)

    def reap() -> None:
        loop.remove_reader(pid_fd)
        os.close(pid_fd)
        exited.set_result(process.wait())

    loop.add_reader(pid_fd, reap)
    return exited


def _told(status: int) -> str:
    if status >= 0:
        return f"ended with exit status {status}"
    try:
        return f"died by {signal.Signals(-status).name}"
    except ValueError:  # a real-time signal has no name of its own
        return f"died by signal {-status}"
