"""Clients' wishes to load and unload models, handed on by a worker to its supervisor."""

from __future__ import annotations

import asyncio

from contract.errors import NotReadyError
from serve.workers.control_channel import ControlChannel
from serve.workers.control_messages import Granted, Wish


class ForwardingControl:
    """A `ModelControl` of one worker, which changes the models of all.

    Parameters
    ----------
    channel : ControlChannel
        The way to the supervisor.
    """

    def __init__(self, channel: ControlChannel) -> None:
        self._channel = channel
        self._waiting: dict[int, asyncio.Future[Granted]] = {}
        self._wishes = 0
        self._closed = False

    async def load(self, name: str) -> None:
        """Load a model in all workers; see `serve.workers.whole_control.WholeControl`."""
        await self._wish(name, load=True)

    async def unload(self, name: str) -> None:
        """Close a model in all workers; see `serve.workers.whole_control.WholeControl`."""
        await self._wish(name, load=False)

    def settle(self, granted: Granted) -> None:
        """Take the supervisor's answer."""
        waiting = self._waiting.get(granted.number)
        if waiting is not None and not waiting.done():
            waiting.set_result(granted)

    def close(self) -> None:
        """Let everybody know who waits that no answer will come."""
        self._closed = True
        for number in self._waiting:
            self.settle(Granted(number, _ending()))

    async def _wish(self, name: str, *, load: bool) -> None:
        if self._closed:
            raise _ending()
        self._wishes += 1
        number = self._wishes
        waiting = asyncio.get_running_loop().create_future()
        self._waiting[number] = waiting
        self._channel.send(Wish(number, name, load))
        try:
            granted = await waiting
        finally:
            del self._waiting[number]
        if granted.error is not None:
            raise granted.error


def _ending() -> NotReadyError:
    return NotReadyError("the server is shutting down")
