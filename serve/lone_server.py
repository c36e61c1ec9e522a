"""A server of one process: listen, load, answer, drain, end."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable, Coroutine
from functools import partial

from serve.announcement import ended_line, loading_line, model_lines, server_lines
from serve.http.draining_server import DrainingServer
from serve.models.model_control import LocalControl
from serve.models.slots import SlotBook
from serve.models.state import State
from serve.ready_pipe import tell_ready
from serve.server_plan import ServerPlan
from serve.statistics.tallies import ServerCell, Tallies
from serve.wiring import Wiring, wire

Say = Callable[[str], None]
Starting = Callable[[], Coroutine[object, object, None]]


def serve_alone(plan: ServerPlan, listening: socket.socket, say: Say) -> None:
    """Serve until a signal ends it.

    Parameters
    ----------
    plan : ServerPlan
        What to serve.
    listening : socket
        Where.
    say : callable
        Is told, line by line, what is served and where.

    Raises
    ------
    ArtifactError
        If a model cannot be used.
    ServingError
        If the access log cannot be written, or nobody reads the ready pipe any more.
    """
    settings, slots = plan.settings, SlotBook()
    wiring = wire(
        settings,
        plan.access,
        Tallies.alone(),
        lambda own, served: LocalControl(settings.repository, own, served, slots),
    )
    _run_until_signal(DrainingServer(wiring), partial(_start, plan, wiring, slots, say), listening)
    wiring.close()
    say(ended_line(wiring.entrance.tallies))


def _run_until_signal(server: DrainingServer, starting: Starting, listening: socket.socket) -> None:
    """Answer from the start while `starting` loads; its failure ends the server."""
    # uvicorn raises a signal it has obeyed once more when it is done. SIGTERM asked for
    # just this end, so it shall find this harmless handler and the exit status be 0.
    before = signal.signal(signal.SIGTERM, server.handle_exit)
    try:
        with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
            runner.run(_serve(server, starting, listening))
    finally:
        signal.signal(signal.SIGTERM, before)


async def _serve(server: DrainingServer, starting: Starting, listening: socket.socket) -> None:
    def end_if_failed(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            server.end()

    task = asyncio.create_task(starting())
    task.add_done_callback(end_if_failed)
    try:
        await server.serve(sockets=[listening])
    finally:
        task.cancel()
    if task.done() and not task.cancelled():
        task.result()


async def _start(plan: ServerPlan, wiring: Wiring, slots: SlotBook, say: Say) -> None:
    """Load, publish and tell everybody."""
    settings, address = plan.settings, plan.address
    files = slots.place(plan.files)
    say(loading_line(settings, len(files)))
    if settings.sacrificial_session:
        await wiring.loader.sacrifice(files[0])
    models = await wiring.loader.load(files)
    wiring.own.publish(models)
    wiring.entrance.tallies.tell(ServerCell.WORKERS, 1)
    wiring.entrance.served.state = State.READY
    for line in (*model_lines(models), *server_lines(settings, address)):
        say(line)
    if settings.ready_fd is not None:
        names = tuple(dict.fromkeys(placed.file.name for placed in files))
        tell_ready(settings.ready_fd, address.address, address.port, names)
