"""A model as it is served: where its requests run, what bounds them, what was counted."""

from __future__ import annotations

from dataclasses import dataclass

from serve.batching.batcher import Batcher
from serve.models.execution import Cost, Execution
from serve.models.model import Model
from serve.models.model_settings import ModelSettings
from serve.statistics.tallies import ModelTally


@dataclass(frozen=True, slots=True)
class ServedModel:
    """One version of one model with everything a request needs to be answered.

    Attributes
    ----------
    model : Model
        What runs.
    settings : ModelSettings
        What its folder says of it.
    execution : Execution
        How it is decided where a request runs.
    cost : Cost
        What warm-up found a run to take.
    most_inline_rows : int
        Up to how many rows a request runs on the event loop.
    max_rows : int
        The most rows of one request.
    queue_deadline_ms : int
        How long a request may wait for a thread.
    slot : int
        Its place in the table of counters.
    tally : ModelTally
        This worker's counts of it.
    batcher : Batcher or None
        What gathers its requests, where batching is switched on.
    """

    model: Model
    settings: ModelSettings
    execution: Execution
    cost: Cost
    most_inline_rows: int
    max_rows: int
    queue_deadline_ms: int
    slot: int
    tally: ModelTally
    batcher: Batcher | None
