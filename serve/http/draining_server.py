"""uvicorn's server, with limits on late clients and an end that loses no request."""

from __future__ import annotations

import asyncio
import socket
from time import monotonic
from types import FrameType
from typing import Any, cast

import uvicorn

from serve.http.bounded_protocol import BoundedProtocol
from serve.http.infer_protocol import InferProtocol
from serve.http.receiver import Receiver
from serve.models.state import State
from serve.wiring import Wiring

_SWEEP_TICKS = 2  # of 0.1 s each
_DRAIN_LOOK_SECONDS = 0.02


class DrainingServer(uvicorn.Server):
    """Answers on a listening socket until it is told to end.

    From that moment it is not ready. It takes no further connections, answers every request
    whose headers it has read, or reads while its connections come to rest, and ends.

    Parameters
    ----------
    wiring : Wiring
        What answers.
    """

    def __init__(self, wiring: Wiring) -> None:
        super().__init__(_config(wiring))
        self._served = wiring.entrance.served
        self._limits = wiring.entrance.limits

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal to end."""
        self._served.state = State.DRAINING
        super().handle_exit(sig, frame)

    def end(self) -> None:
        """End, without a signal."""
        self._served.state = State.DRAINING
        self.should_exit = True

    async def on_tick(self, counter: int) -> bool:
        """Cut late clients off, and do what uvicorn does at each tick."""
        if counter % _SWEEP_TICKS == 0:
            self._sweep()
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        """Drain."""
        for server in self.servers:
            server.close()
        for listening in sockets or []:
            listening.close()
        for connection in self._connections():
            connection.shutdown()
        late = monotonic() + self._limits.drain_seconds
        while self._connections() and monotonic() < late and not self.force_exit:
            await asyncio.sleep(_DRAIN_LOOK_SECONDS)
            self._sweep()
        for connection in self._connections():
            connection.transport.abort()
        for task in list(self.server_state.tasks):
            task.cancel()

    def _sweep(self) -> None:
        now = monotonic()
        for connection in self._connections():
            connection.sweep(now)

    def _connections(self) -> list[BoundedProtocol]:
        # Every connection is made by the class that `_config` names.
        return cast(list[BoundedProtocol], list(self.server_state.connections))


def _config(wiring: Wiring) -> uvicorn.Config:
    def protocol(**given_by_uvicorn: Any) -> Receiver:  # noqa: ANN401 - uvicorn's, handed on
        return Receiver(InferProtocol(wiring.entrance, **given_by_uvicorn))

    return uvicorn.Config(
        wiring.app,
        loop="uvloop",
        # uvicorn calls it as it would call a class.
        http=cast(Any, protocol),
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
        proxy_headers=False,
        server_header=False,
    )
