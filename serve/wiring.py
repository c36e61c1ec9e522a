"""How the parts of one answering process are put together."""

from __future__ import annotations

import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from io import FileIO

from fastapi import FastAPI

from contract.errors import ServingError
from serve.access.access import AccessRules
from serve.access.access_log import AccessLog
from serve.http.admission import Admission
from serve.http.body_memory import BodyMemory
from serve.http.entrance import Entrance
from serve.models.heap import return_freed_memory
from serve.models.infer_handler import InferHandler
from serve.models.loading import ModelLoader
from serve.models.model_control import ModelControl, OwnModels
from serve.models.served_models import ServedModels
from serve.routes.application import create_application
from serve.routes.application_parts import ApplicationParts
from serve.settings import ServerSettings
from serve.statistics.tallies import Tallies


@dataclass(frozen=True, slots=True)
class Wiring:
    """The parts of one answering process.

    Attributes
    ----------
    settings : ServerSettings
        What is served, and how.
    app : FastAPI
        The application.
    entrance : Entrance
        What infer requests pass.
    loader : ModelLoader
        Loads models.
    own : OwnModels
        Publishes them.
    pool : ThreadPoolExecutor
        Where long work runs.
    """

    settings: ServerSettings
    app: FastAPI
    entrance: Entrance
    loader: ModelLoader
    own: OwnModels
    pool: ThreadPoolExecutor

    def close(self) -> None:
        """End the threads; what still runs in them is not waited for."""
        self.loader.close()
        self.pool.shutdown(wait=False, cancel_futures=True)


def wire(
    settings: ServerSettings,
    access: AccessRules,
    tallies: Tallies,
    control: Callable[[OwnModels, ServedModels], ModelControl],
) -> Wiring:
    """Put the parts of one process together.

    Parameters
    ----------
    settings : ServerSettings
        What is served, and how.
    access : AccessRules
        Who may come in.
    tallies : Tallies
        The table of counters.
    control : callable
        Makes the one who loads and unloads when clients ask.

    Raises
    ------
    ServingError
        If the access log cannot be written.
    """
    return_freed_memory()
    served = ServedModels(tallies)
    pool = ThreadPoolExecutor(settings.pool_threads, thread_name_prefix="infer")
    loader = ModelLoader(settings, tallies, pool)
    own = OwnModels(loader, served)
    entrance = Entrance(
        served=served,
        handler=InferHandler(settings.limits, pool),
        admission=Admission(settings.limits, tallies),
        access=access,
        limits=settings.limits,
        tallies=tallies,
        body_memory=BodyMemory(),
        access_log=_access_log(settings.access_log),
    )
    app = create_application(ApplicationParts(settings, entrance, control(own, served)))
    return Wiring(settings, app, entrance, loader, own, pool)


def _access_log(name: str | None) -> AccessLog | None:
    if name is None:
        return None
    try:
        if name == "-":
            return AccessLog(FileIO(sys.stdout.fileno(), "a", closefd=False))
        # Held open until the process ends.
        return AccessLog(FileIO(name, "a"))
    except OSError as error:
        raise ServingError(
            f"cannot write the access log: {error.strerror or error}", where=name
        ) from error
