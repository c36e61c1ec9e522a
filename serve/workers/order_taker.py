"""What a worker does with its models as the supervisor orders it to."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable

from contract.errors import PerbillionError, ServingError
from serve.announcement import model_lines
from serve.models.served_model import ServedModel
from serve.wiring import Wiring
from serve.workers.control_channel import ControlChannel
from serve.workers.control_messages import (
    Done,
    Drop,
    Granted,
    LetGo,
    Message,
    Prepare,
    Publish,
    Withdraw,
)
from serve.workers.forwarding_control import ForwardingControl

_logger = logging.getLogger("perbillion.serve")


class OrderTaker:
    """Carries out one order after another.

    Parameters
    ----------
    channel : ControlChannel
        The way to the supervisor.
    wiring : Wiring
        The worker's parts.
    forwarding : ForwardingControl
        Who waits for what becomes of clients' wishes.
    leave : callable
        Called when the worker is let go.

    Attributes
    ----------
    published : asyncio.Event
        Set once there are models to be asked.
    """

    def __init__(
        self,
        channel: ControlChannel,
        wiring: Wiring,
        forwarding: ForwardingControl,
        leave: Callable[[], None],
    ) -> None:
        self.published = asyncio.Event()
        self._channel = channel
        self._loader = wiring.loader
        self._own = wiring.own
        self._forwarding = forwarding
        self._leave = leave
        self._prepared: list[ServedModel] = []
        self._preparing: asyncio.Task[None] | None = None

    async def take_all(self) -> None:
        """Carry orders out until the supervisor closes its end."""
        try:
            while (message := await self._channel.receive()) is not None:
                self._take(message)
        finally:
            self._channel.close()
            self._forwarding.close()
            if self._preparing is not None:
                self._preparing.cancel()

    def _take(self, message: Message) -> None:
        match message:
            case Granted():
                self._forwarding.settle(message)
                return
            case LetGo():
                self._leave()
                return
            case Prepare():
                # A task: what comes meanwhile, the end above all, is heard.
                self._preparing = asyncio.create_task(self._prepare(message))
                return
            case Publish():
                self._own.publish(self._prepared)
                self._prepared = []
                self.published.set()
            case Drop():
                self._drop()
            case Withdraw():
                self._own.withdraw(message.name)
        self._channel.send(Done())

    async def _prepare(self, order: Prepare) -> None:
        self._drop()
        try:
            if order.sacrifice:
                await self._loader.sacrifice(order.files[0])
            self._prepared = await self._own.prepare(order.files)
        except PerbillionError as error:
            done = Done(error)
        # Whatever else goes wrong is a defect of ours; whoever asked for it hears of it.
        except Exception:
            _logger.exception("models could not be prepared")
            done = Done(ServingError("internal error; the server's log says more"))
        else:
            done = Done(lines=tuple(model_lines(self._prepared)))
        self._channel.send(done)

    def _drop(self) -> None:
        self._own.drop(self._prepared)
        self._prepared = []
