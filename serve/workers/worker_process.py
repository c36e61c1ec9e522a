"""A worker as its supervisor sees it: a process, a control channel, and an end to wait for."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import Self

from contract.errors import WorkerDiedError
from serve.workers.control_channel import ControlChannel, send_now
from serve.workers.control_messages import Begin, Done, Granted, Leaving, LetGo, Order, Wish
from serve.workers.waiting_process import WaitingProcess


class WorkerProcess:
    """One worker, from its first order to its end.

    Parameters
    ----------
    place : int
        Which one, from 0.
    process : WaitingProcess
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
        place: int,
        process: WaitingProcess,
        channel: ControlChannel,
        hear: Callable[[WorkerProcess, Wish | Leaving], None],
    ) -> None:
        self.place = place
        self.ended = asyncio.Event()
        self.how = ""
        self._process = process
        self._channel = channel
        self._hear = hear
        # The first answer is to the order to begin.
        self._answer: asyncio.Future[Done] = asyncio.get_running_loop().create_future()
        self._attending = asyncio.create_task(self._attend())

    @classmethod
    async def begin(
        cls,
        process: WaitingProcess,
        order: Begin,
        fds: Sequence[int],
        hear: Callable[[WorkerProcess, Wish | Leaving], None],
    ) -> Self:
        """Give a process its first order; `begun` tells when it is carried out."""
        with suppress(ConnectionError):  # it has died: that is told where it is waited for
            send_now(process.control, order, fds)
        return cls(order.worker, process, await ControlChannel.open(process.control), hear)

    def __str__(self) -> str:
        """Return how people call it; they count from 1."""
        return f"worker {self.place + 1} (pid {self.pid})"

    @property
    def pid(self) -> int:
        """The process id."""
        return self._process.pid

    async def begun(self) -> None:
        """Wait until it has become a worker.

        Raises
        ------
        WorkerDiedError
            If it dies before.
        PerbillionError, ModuleNotFoundError
            What kept it from becoming one.
        """
        await self._answered()

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
        return await self._answered()

    async def _answered(self) -> Done:
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
        self.how = await self._process.exited
        self._channel.close()
        self.ended.set()
        self._settle(Done(WorkerDiedError(f"{self} {self.how}")))

    def _settle(self, done: Done) -> None:
        if not self._answer.done():
            self._answer.set_result(done)
