"""perbillion's ASGI application for servers other than its own: ``application:create``."""

import asyncio
import os
import threading
from pathlib import Path

from fastapi import FastAPI

from serve.access.access import AccessRules
from serve.access.exposure import ListeningAddress
from serve.models.model_control import LocalControl
from serve.models.repository import find_models
from serve.models.slots import SlotBook
from serve.models.state import State
from serve.settings import ServerSettings
from serve.statistics.tallies import Tallies
from serve.wiring import Wiring, wire


def create() -> FastAPI:
    """Load the repository that ``PEER_REPOSITORY`` names, then make the application."""
    host, port = "127.0.0.1", int(os.environ["PEER_PORT"])
    settings = ServerSettings(repository=Path(os.environ["PEER_REPOSITORY"]), host=host, port=port)
    slots = SlotBook()
    wiring = wire(
        settings,
        AccessRules(ListeningAddress(host, host, port), (), None),
        Tallies.alone(),
        lambda own, served: LocalControl(settings.repository, own, served, slots),
    )
    # In a thread: the server that calls this may already run a loop in its own.
    loading = threading.Thread(target=lambda: asyncio.run(_load(wiring, slots)))
    loading.start()
    loading.join()
    return wiring.app


async def _load(wiring: Wiring, slots: SlotBook) -> None:
    files = slots.place(find_models(wiring.settings.repository, None))
    wiring.own.publish(await wiring.loader.load(files))
    wiring.entrance.served.state = State.READY
