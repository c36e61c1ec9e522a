"""Loading and unloading models in all workers at once, or in none."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path

from contract.errors import NotReadyError, UnknownModelError, WorkerDiedError, nearest
from serve.models.repository import ModelFile, find_models
from serve.models.slots import PlacedFile, SlotBook
from serve.workers.control_messages import Done, Drop, Prepare, Publish, Withdraw
from serve.workers.worker_process import WorkerProcess


class WholeControl:
    """The models of the whole server and the workers that serve them; a `ModelControl`.

    A change has two phases. In the first every worker loads and warms up what is new, while
    it goes on with what is old; if one cannot, or dies, all throw it away. In the second all
    switch. Who dies in that phase has a successor, which begins with what is new.

    Parameters
    ----------
    repository : Path
        The model repository.
    slots : SlotBook
        Where models are counted.
    files : sequence of ModelFile
        What is served from the start.

    Attributes
    ----------
    members : dict of int to WorkerProcess
        The workers that serve, by their place.
    """

    def __init__(self, repository: Path, slots: SlotBook, files: Sequence[ModelFile]) -> None:
        self.members: dict[int, WorkerProcess] = {}
        self._repository = repository
        self._slots = slots
        self._models: dict[str, tuple[PlacedFile, ...]] = {}
        for placed in slots.place(files):
            name = placed.file.name
            self._models[name] = (*self._models.get(name, ()), placed)
        # A model can be loaded anew from the same file: only a count tells of every change.
        self._changes = 0
        self._one_at_a_time = asyncio.Lock()

    @property
    def files(self) -> tuple[PlacedFile, ...]:
        """What is served, in the order in which a worker is to load it."""
        return tuple(placed for files in self._models.values() for placed in files)

    @property
    def names(self) -> tuple[str, ...]:
        """The names of the models that are served."""
        return tuple(self._models)

    async def admit(self, worker: WorkerProcess, *, sacrifice: bool) -> tuple[str, ...]:
        """Bring a new worker to what is served, and make it a member.

        Parameters
        ----------
        worker : WorkerProcess
            It has obeyed `Begin`.
        sacrifice : bool
            Whether it is to sacrifice a session first.

        Returns
        -------
        tuple of str
            What there is to say of its models.

        Raises
        ------
        PerbillionError
            If it cannot load them, or dies.
        """
        changes, files = self._changes, self.files
        prepared = await worker.ask(Prepare(files, sacrifice and bool(files)))
        async with self._one_at_a_time:
            if changes != self._changes:
                prepared = await worker.ask(Prepare(self.files))
            await worker.ask(Publish())
            self.members[worker.place] = worker
        return prepared.lines

    def dismiss(self, worker: WorkerProcess) -> None:
        """Count a worker out that leaves or has died."""
        if self.members.get(worker.place) is worker:
            del self.members[worker.place]

    async def load(self, name: str) -> None:
        """Load a model in all workers; see `ModelControl`.

        Raises
        ------
        ArtifactError
            If it is not in the repository, or cannot be loaded.
        NotReadyError
            If a worker dies meanwhile, or there is none; nothing has changed.
        """
        async with self._one_at_a_time:
            files = self._slots.place(find_models(self._repository, (name,)))
            workers = tuple(self.members.values())
            if not workers:
                raise NotReadyError("no worker is ready", remedy="try again after a moment")
            prepared = await _of_each(workers, lambda worker: worker.ask(Prepare(files)))
            error = next((each for each in prepared if isinstance(each, BaseException)), None)
            if error is not None:
                await _of_each(workers, lambda worker: worker.ask(Drop()))
                raise _explained(error)
            self._models.pop(name, None)
            self._models[name] = files
            self._changes += 1
            await _of_each(workers, lambda worker: worker.ask(Publish()))

    async def unload(self, name: str) -> None:
        """Close a model in all workers; see `ModelControl`.

        Raises
        ------
        UnknownModelError
            If no such model is served.
        """
        async with self._one_at_a_time:
            if name not in self._models:
                raise UnknownModelError(f"no model {name!r}", remedy=nearest(name, self._models))
            del self._models[name]
            self._changes += 1
            await _of_each(self.members.values(), lambda worker: worker.ask(Withdraw(name)))


async def _of_each(
    workers: Iterable[WorkerProcess], ask: Callable[[WorkerProcess], Awaitable[Done]]
) -> list[Done | BaseException]:
    """Ask all at once and wait for all, those that fail as well."""
    return await asyncio.gather(*map(ask, workers), return_exceptions=True)


def _explained(error: BaseException) -> BaseException:
    """Return what a client is told: of a worker that died, that it can try again."""
    if not isinstance(error, WorkerDiedError):
        return error
    return NotReadyError(
        f"{error} while the model was being loaded: nothing has changed",
        remedy="try again after a moment",
    )
