"""Loading and unloading models while the server runs."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path
from typing import Protocol

from serve.models.loading import ModelLoader
from serve.models.repository import find_models
from serve.models.served_model import ServedModel
from serve.models.served_models import ServedModels
from serve.models.slots import PlacedFile, SlotBook


class ModelControl(Protocol):
    """Who loads and unloads: this process, or the supervisor of several."""

    async def load(self, name: str) -> None:
        """Load a model, in place of the one of that name; a failure leaves that one serving.

        Raises
        ------
        ArtifactError
            If it is not in the repository, or cannot be loaded.
        """

    async def unload(self, name: str) -> None:
        """Close a model; requests that it has begun are finished.

        Raises
        ------
        UnknownModelError
            If no such model is served.
        """


class OwnModels:
    """The models of this process: prepared, then published or dropped.

    Parameters
    ----------
    loader : ModelLoader
        Loads them.
    served : ServedModels
        Where they are published.
    """

    def __init__(self, loader: ModelLoader, served: ServedModels) -> None:
        self._loader = loader
        self._served = served
        self._endings: set[asyncio.Task[None]] = set()

    async def prepare(self, files: Sequence[PlacedFile]) -> list[ServedModel]:
        """Load models without publishing them.

        Raises
        ------
        ArtifactError
            If one cannot be loaded.
        """
        return await self._loader.load(files)

    def publish(self, models: Sequence[ServedModel]) -> None:
        """Open prepared models in place of those of the same names."""
        for name in dict.fromkeys(model.model.identity.name for model in models):
            self.withdraw(name)
        self._served.publish(models)

    def withdraw(self, name: str) -> None:
        """Close a model, if it is there."""
        self.drop(self._served.withdraw(name))

    def drop(self, models: Sequence[ServedModel]) -> None:
        """Let models go that nobody can ask any more, once they have answered."""
        for model in models:
            if model.batcher is not None:
                task = asyncio.get_running_loop().create_task(_end(model))
                self._endings.add(task)
                task.add_done_callback(self._endings.discard)


class LocalControl:
    """Loads and unloads in this process, the only one.

    Parameters
    ----------
    repository : Path
        The model repository.
    own : OwnModels
        The models of this process.
    served : ServedModels
        Where they are published.
    slots : SlotBook
        Where they are counted.
    """

    def __init__(
        self, repository: Path, own: OwnModels, served: ServedModels, slots: SlotBook
    ) -> None:
        self._repository = repository
        self._own = own
        self._served = served
        self._slots = slots
        self._one_at_a_time = asyncio.Lock()

    async def load(self, name: str) -> None:
        """Load a model; see `ModelControl`."""
        async with self._one_at_a_time:
            files = self._slots.place(find_models(self._repository, (name,)))
            self._own.publish(await self._own.prepare(files))

    async def unload(self, name: str) -> None:
        """Close a model; see `ModelControl`."""
        async with self._one_at_a_time:
            self._served.find(name)
            self._own.withdraw(name)


async def _end(model: ServedModel) -> None:
    if model.batcher is not None:
        await model.batcher.drain()
        model.batcher.close()
