"""Loading: one model after another in a given order, warmed up, ready to be published."""

from __future__ import annotations

import asyncio
import gc
from collections.abc import Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from contract.errors import ArtifactError
from serve.batching.batch import BatchFacts
from serve.batching.batchable import require_batchable
from serve.batching.batcher import Batcher
from serve.models.execution import Cost, Execution, most_inline_rows
from serve.models.model import Model
from serve.models.model_settings import ModelSettings, load_model_settings
from serve.models.served_model import ServedModel
from serve.models.slots import PlacedFile
from serve.settings import ServerSettings
from serve.statistics.tallies import ModelTally, Tallies


@dataclass(frozen=True, slots=True)
class _Opened:
    """A model that is loaded and warm."""

    model: Model
    settings: ModelSettings
    execution: Execution
    cost: Cost


class ModelLoader:
    """Loads models, always in the same thread, while the event loop answers.

    One thread for all, so that models that are compared come into being alike.

    Parameters
    ----------
    settings : ServerSettings
        What holds for models that say nothing of their own.
    tallies : Tallies
        Where models are counted.
    pool : Executor
        The threads that batches run in.
    """

    def __init__(self, settings: ServerSettings, tallies: Tallies, pool: Executor) -> None:
        self._settings = settings
        self._tallies = tallies
        self._pool = pool
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="load")

    async def sacrifice(self, placed: PlacedFile) -> None:
        """Load a model, run it, and throw it away.

        The first session of a process comes out slower than those after it. When that one is
        thrown away, the models that are measured start alike.

        Raises
        ------
        ArtifactError
            As `load` does.
        """
        await self._in_thread(placed)
        gc.collect()

    async def load(self, files: Sequence[PlacedFile]) -> list[ServedModel]:
        """Load models and warm each of them up; all or none.

        Raises
        ------
        ArtifactError
            If one cannot be loaded or run, or its settings cannot be used.
        """
        opened = [await self._in_thread(placed) for placed in files]
        models = [self._served(placed, each) for placed, each in zip(files, opened, strict=True)]
        # What lives now lives long. Out of the collector's sight it is not looked through
        # again, so a collection during a request takes about as long as its own garbage.
        gc.collect()
        gc.freeze()
        return models

    def close(self) -> None:
        """End the thread."""
        self._thread.shutdown(wait=False, cancel_futures=True)

    async def _in_thread(self, placed: PlacedFile) -> _Opened:
        loop = asyncio.get_running_loop()
        return await loop.run_in_executor(self._thread, self._open, placed)

    def _open(self, placed: PlacedFile) -> _Opened:
        file = placed.file
        settings = load_model_settings(file.folder)
        model = Model.open(file, settings.threads or self._settings.threads)
        cost = model.warm_up()
        execution = Execution(settings.execution or self._settings.execution)
        if settings.batching is not None:
            try:
                require_batchable(model.signature, partial(model.run, None))
            except ArtifactError as error:
                error.where = error.where or str(file.path)
                raise
        return _Opened(model, settings, execution, cost)

    def _served(self, placed: PlacedFile, opened: _Opened) -> ServedModel:
        """Make the part of a model that lives on the event loop."""
        own, limits = opened.settings, self._settings.limits
        tally = self._tallies.model(placed.slot)
        batcher = None
        if own.batching is not None:
            run = partial(opened.model.run, None)
            batcher = Batcher(run, own.batching, self._pool, partial(_count_batch, tally))
        return ServedModel(
            model=opened.model,
            settings=own,
            execution=opened.execution,
            cost=opened.cost,
            most_inline_rows=most_inline_rows(opened.execution, opened.cost),
            max_rows=own.max_rows or limits.max_rows,
            queue_deadline_ms=own.queue_deadline_ms or limits.queue_deadline_ms,
            slot=placed.slot,
            tally=tally,
            batcher=batcher,
        )


def _count_batch(tally: ModelTally, facts: BatchFacts) -> None:
    if not facts.failed:
        tally.ran(facts.rows, facts.gather_ns, facts.infer_ns, 0)
