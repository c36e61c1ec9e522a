"""Loading: one model after another in a given order, warmed up, then published together."""

from __future__ import annotations

import asyncio
import gc

from serve.model import LoadedModel, sacrifice
from serve.repository import ModelFile
from serve.served_models import ServedModels
from serve.settings import ServerSettings


async def load_models(
    files: tuple[ModelFile, ...], settings: ServerSettings, served: ServedModels
) -> None:
    """Load the models, warm each of them up, and publish them.

    It runs on the event loop's thread, where the inference will run too, and gives way
    between the models: meanwhile the server answers that it is alive and not ready.

    Parameters
    ----------
    files : tuple of ModelFile
        What to load, in this order.
    settings : ServerSettings
        Threads, and whether a sacrificial session comes first.
    served : ServedModels
        Where the models are published.

    Raises
    ------
    ArtifactError
        If a model cannot be loaded or run.
    """
    if settings.sacrificial_session:
        await asyncio.sleep(0)
        sacrifice(files[0], settings.threads)
    models: list[LoadedModel] = []
    for file in files:
        await asyncio.sleep(0)
        model = LoadedModel.open(file, settings.threads)
        model.warm_up()
        models.append(model)
    # What lives now lives until the end. Out of the collector's sight it is not looked
    # through again, so a collection during a request takes about as long as its own garbage.
    gc.collect()
    gc.freeze()
    served.publish(models)
