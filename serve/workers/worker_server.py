"""The server of one worker: what `serve.lone_server` is to a process that is alone."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
import uvloop

from serve.http.draining_server import DrainingServer
from serve.statistics.tallies import Tallies
from serve.wiring import Wiring, wire
from serve.workers.control_channel import ControlChannel
from serve.workers.control_messages import Begin, Done, Leaving
from serve.workers.forwarding_control import ForwardingControl
from serve.workers.order_taker import OrderTaker


def run_worker(begin: Begin, control: socket.socket, listening_fd: int, table_fd: int) -> None:
    """Serve until the supervisor or a signal ends it.

    Parameters
    ----------
    begin : Begin
        The first order.
    control : socket
        Where the other orders come from.
    listening_fd : int
        The socket it listens on.
    table_fd : int
        The memory of the table of counters.

    Raises
    ------
    ServingError
        If the access log cannot be written.
    """
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(_serve(begin, control, listening_fd, table_fd))


class WorkerServer(DrainingServer):
    """A server that leaves alone when a signal comes: the others go on.

    It goes on taking connections until the supervisor lets it go, which first sees to it that
    new ones go to others: none is left waiting while this one drains.

    Parameters
    ----------
    wiring : Wiring
        What answers.
    ask_to_leave : callable
        Asks the supervisor; called in a signal handler.
    """

    def __init__(self, wiring: Wiring, ask_to_leave: Callable[[], object]) -> None:
        super().__init__(wiring)
        self._ask_to_leave = ask_to_leave
        self._asked = False

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal to end; the state is that of the whole server, and stays."""
        if self._asked:
            uvicorn.Server.handle_exit(self, sig, frame)
        else:
            self._asked = True
            self._ask_to_leave()

    def leave(self) -> None:
        """Drain and end; the others go on."""
        self.should_exit = True

    def end_after(self, orders: asyncio.Task[None]) -> None:
        """End when there are no more orders; the whole server does, unless it is our fault."""
        if orders.cancelled() or orders.exception() is not None:
            self.leave()
        else:
            self.end()


async def _serve(begin: Begin, control: socket.socket, listening_fd: int, table_fd: int) -> None:
    # A copy: what goes wrong is told by the caller, when this loop is closed.
    channel = await ControlChannel.open(control.dup())
    forwarding = ForwardingControl(channel)
    tallies = Tallies.shared(table_fd, begin.settings.workers, begin.worker)
    wiring = wire(begin.settings, begin.access, tallies, lambda _own, _served: forwarding)
    loop = asyncio.get_running_loop()
    server = WorkerServer(wiring, lambda: loop.call_soon_threadsafe(channel.send, Leaving()))
    taker = OrderTaker(channel, wiring, forwarding, server.leave)
    orders = asyncio.create_task(taker.take_all())
    channel.send(Done())
    if not begin.answers_while_loading:
        published = asyncio.create_task(taker.published.wait())
        await asyncio.wait([published, orders], return_when=asyncio.FIRST_COMPLETED)
        published.cancel()
    orders.add_done_callback(server.end_after)
    await server.serve(sockets=[socket.socket(fileno=listening_fd)])
    if orders.done():
        orders.result()
    wiring.close()
