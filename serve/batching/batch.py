"""One batch: several requests computed in one run of the model, and taken apart again.

Everything here that is not a plain value happens in a thread of the pool.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from time import perf_counter_ns
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from contract.errors import ServingError

Array = npt.NDArray[np.generic]
Run = Callable[[dict[str, Array]], Sequence[Array]]
Kind = tuple[tuple[str, np.dtype[np.generic], tuple[int, ...]], ...]


class BatchedAnswer(NamedTuple):
    """What a request gets.

    A named tuple, as the request is: one is made for every request, in half the time of a
    frozen dataclass.

    Attributes
    ----------
    arrays : sequence of ndarray
        All outputs of the model, in its order: the rows of this request. They are views where
        others shared the batch, and keep the batch's outputs in memory as long as they live.
    queue_ns : int
        From `submit` to the beginning of the batch that answered.
    infer_ns : int
        The model's run, of the whole batch.
    batch_rows : int
        The rows of the whole batch.
    """

    arrays: Sequence[Array]
    queue_ns: int
    infer_ns: int
    batch_rows: int


@dataclass(frozen=True, slots=True)
class BatchFacts:
    """One run of the model, for statistics.

    Attributes
    ----------
    requests, rows : int
        How many were computed together.
    gather_ns : int
        Putting the inputs together: next to nothing for a request alone.
    infer_ns : int
        The model's run.
    failed : bool
        Whether it raised. The requests of a batch that fails run again one by one, and
        each of these runs is told as well.
    """

    requests: int
    rows: int
    gather_ns: int
    infer_ns: int
    failed: bool


class BatchRequest(NamedTuple):
    """A request that waits or is computed.

    Attributes
    ----------
    inputs : dict of str to ndarray
        The model's inputs.
    rows : int
        The first dimension of each.
    kind : tuple
        What requests must have in common to share a batch; see `kind_of`.
    arrived_ns : int
        When it was submitted, on `time.perf_counter_ns`.
    deadline_ns : int or None
        When it is given up if it still waits, on the same clock.
    answer : Future of BatchedAnswer
        Who waits for it.
    """

    inputs: dict[str, Array]
    rows: int
    kind: Kind
    arrived_ns: int
    deadline_ns: int | None
    answer: asyncio.Future[BatchedAnswer]


def kind_of(inputs: dict[str, Array]) -> Kind:
    """Return names, element types and shapes behind the first dimension, sorted by name."""
    return tuple(sorted((name, array.dtype, array.shape[1:]) for name, array in inputs.items()))


class Outcome(NamedTuple):
    """What became of a request in its batch."""

    request: BatchRequest
    result: BatchedAnswer | Exception


@dataclass(slots=True, eq=False)
class Batch:
    """Requests of one kind that are computed together.

    Attributes
    ----------
    requests : list of BatchRequest
        In order of arrival.
    begun : bool
        Whether a thread has taken it up. Until then its requests wait, though their turn has
        come. It is written in that thread and read on the loop, which is right either way:
        a request that both the thread and its deadline get hold of is computed in vain.
    outcomes : list of Outcome
        One a request that still wanted an answer when the batch began.
    facts : list of BatchFacts
        One a run of the model.
    """

    requests: list[BatchRequest]
    begun: bool = False
    outcomes: list[Outcome] = field(default_factory=list)
    facts: list[BatchFacts] = field(default_factory=list)

    def compute(self, run: Run) -> None:
        """Compute every request that is still wanted; raises nothing that `run` raises."""
        self.begun = True
        wanted = [request for request in self.requests if not request.answer.done()]
        if not wanted:
            return
        error = self._attempt(run, wanted)
        if error is None:
            return
        if len(wanted) == 1:
            self.outcomes.append(Outcome(wanted[0], error))
            return
        # One client's values must not fail the others.
        for request in wanted:
            if not request.answer.done():
                alone = self._attempt(run, [request])
                if alone is not None:
                    self.outcomes.append(Outcome(request, alone))

    def _attempt(self, run: Run, requests: list[BatchRequest]) -> Exception | None:
        """Compute requests in one run, or return why that failed."""
        rows = sum(request.rows for request in requests)
        begun_ns = ran_ns = perf_counter_ns()
        try:
            inputs = _gathered(requests)
            ran_ns = perf_counter_ns()
            outputs = run(inputs)
            infer_ns = perf_counter_ns() - ran_ns
            parts = _split(outputs, requests, rows)
        except Exception as error:  # noqa: BLE001 - whatever it is, the requests are told
            failed_ns = perf_counter_ns() - ran_ns
            self.facts.append(
                BatchFacts(len(requests), rows, ran_ns - begun_ns, failed_ns, failed=True)
            )
            return error
        facts = BatchFacts(len(requests), rows, ran_ns - begun_ns, infer_ns, failed=False)
        self.facts.append(facts)
        for request, arrays in zip(requests, parts, strict=True):
            queue_ns = begun_ns - request.arrived_ns
            answer = BatchedAnswer(arrays, queue_ns, infer_ns, rows)
            self.outcomes.append(Outcome(request, answer))
        return None


def _gathered(requests: list[BatchRequest]) -> dict[str, Array]:
    """Put the inputs together, into fresh memory.

    A buffer that is kept gained nothing measurable up to 32 MB, where the allocator recycles
    what it got back, and would keep the memory of the largest batch for good.
    """
    first = requests[0].inputs
    if len(requests) == 1:
        return first
    return {name: np.concatenate([request.inputs[name] for request in requests]) for name in first}


def _split(
    outputs: Sequence[Array], requests: list[BatchRequest], rows: int
) -> list[Sequence[Array]]:
    """Return the rows of each request, of every output.

    Raises
    ------
    ServingError
        If an output has not one row a row of input: nobody could tell whose they are.
    """
    if len(requests) == 1:
        return [outputs]
    for output in outputs:
        if output.ndim == 0 or output.shape[0] != rows:
            raise ServingError(
                f"a batch of {rows} rows came out with shape {list(output.shape)}",
                remedy="switch this model's batching off",
            )
    parts: list[Sequence[Array]] = []
    begin = 0
    for request in requests:
        end = begin + request.rows
        parts.append([output[begin:end] for output in outputs])
        begin = end
    return parts
