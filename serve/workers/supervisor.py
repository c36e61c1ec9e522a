"""A server of several processes on one port: who starts them, watches them and ends them.

The supervisor answers no requests and imports nothing that would. It keeps what has to outlive
a worker: the listening sockets, with the connections that wait on them, and the table of
counters.
"""

from __future__ import annotations

import asyncio
import os
import signal
import socket
from collections.abc import Callable, Sequence
from types import FrameType

from serve.announcement import ended_line, loading_line, server_lines
from serve.models.state import State
from serve.ready_pipe import tell_ready
from serve.server_plan import ServerPlan
from serve.statistics.tallies import open_table
from serve.workers.crew import Crew

Say = Callable[[str], None]


def supervise(plan: ServerPlan, listening: Sequence[socket.socket], say: Say) -> None:
    """Serve from as many workers as there are sockets, until a signal ends it.

    Parameters
    ----------
    plan : ServerPlan
        What to serve.
    listening : sequence of socket
        One a worker, all on one port.
    say : callable
        Is told, line by line, what is served and where, and what becomes of workers.

    Raises
    ------
    PerbillionError, ModuleNotFoundError
        What kept the first workers from serving, as in a server of one process; a
        ServingError if workers fail again and again while no other one serves.
    KeyboardInterrupt
        If it was SIGINT that ended it.
    """
    table_fd = open_table(len(listening))
    try:
        supervisor = Supervisor(plan, Crew(plan, listening, table_fd, say), say)
        with asyncio.Runner() as runner:
            runner.run(supervisor.run(len(listening)))
    finally:
        os.close(table_fd)
    if supervisor.interrupted:
        raise KeyboardInterrupt


class Supervisor:
    """The life of a server of several processes.

    Parameters
    ----------
    plan : ServerPlan
        What is served.
    crew : Crew
        The workers.
    say : callable
        Is told what is served and where.

    Attributes
    ----------
    interrupted : bool
        Whether SIGINT ended it.
    """

    def __init__(self, plan: ServerPlan, crew: Crew, say: Say) -> None:
        self.interrupted = False
        self._plan = plan
        self._crew = crew
        self._say = say
        self._told_to_end = asyncio.Event()

    async def run(self, workers: int) -> None:
        """Start the workers and keep them going until a signal comes."""
        self._say(loading_line(self._plan.settings, len(self._plan.files)))
        before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM)}
        self._take_signals(tuple(before))
        told = asyncio.create_task(self._told_to_end.wait())
        keepers = [
            asyncio.create_task(self._crew.keep(place, self._announce)) for place in range(workers)
        ]
        try:
            await asyncio.wait([told, *keepers], return_when=asyncio.FIRST_COMPLETED)
            self._told_to_end.set()
            await self._crew.end()
            await asyncio.wait(keepers)
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        errors = [error for keeper in keepers if (error := keeper.exception()) is not None]
        if errors:
            raise errors[0]
        self._say(ended_line(self._crew.tallies))

    def _take_signals(self, numbers: Sequence[int]) -> None:
        loop = asyncio.get_running_loop()

        def take(number: int, _frame: FrameType | None) -> None:
            loop.call_soon_threadsafe(self._obey, number)

        for each in numbers:
            signal.signal(each, take)

    def _obey(self, number: int) -> None:
        if number == signal.SIGINT:
            self.interrupted = True
            if self._told_to_end.is_set():  # Ctrl-C once more: somebody is in a hurry
                self._crew.kill()
        self._told_to_end.set()

    def _announce(self, lines: tuple[str, ...]) -> None:
        """When all workers are warm for the first time, tell everybody."""
        crew, settings, address = self._crew, self._plan.settings, self._plan.address
        if crew.tallies.state != State.LOADING or not crew.is_complete:
            return
        crew.tallies.state = State.READY
        for line in (*lines, *server_lines(settings, address)):
            self._say(line)
        if settings.ready_fd is not None:
            tell_ready(settings.ready_fd, address.address, address.port, crew.control.names)
