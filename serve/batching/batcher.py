"""Dynamic batching: requests that wait at the same time are computed in one run of the model.

One large matrix product costs less than many small ones, since the weights come from memory
once. While the model runs in a thread of the pool, requests gather here; together they are the
next run. Nothing polls: a request that arrives, a run that ends and an alarm are
all that starts anything.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from time import perf_counter_ns

from contract.errors import InvalidRequestError, ServingError
from serve.batching.alarm import Alarm
from serve.batching.batch import Array, Batch, BatchedAnswer, BatchFacts, BatchRequest, Run, kind_of
from serve.batching.batch_queue import BatchQueue
from serve.models.model_settings import BatchingSettings
from serve.models.work_pool import deadline_passed

# Beyond every time that the clock will show.
_NEVER_NS = 2**62


class Batcher:
    """The batches of one model.

    It is made, used and closed on one event loop, and touched by no other thread.

    Parameters
    ----------
    run : callable
        Computes all outputs of the model from its inputs. It is called in threads of the pool,
        as many at a time as `instances` says.
    batching : BatchingSettings
        Rows of a batch, and how long it waits for more.
    pool : Executor
        The threads.
    observe : callable
        Told of every run of the model, on the event loop.
    instances : int
        How many batches may run at once.

    Raises
    ------
    OSError
        If no file descriptor is left for its alarm.
    """

    def __init__(
        self,
        run: Run,
        batching: BatchingSettings,
        pool: Executor,
        observe: Callable[[BatchFacts], None],
        *,
        instances: int = 1,
    ) -> None:
        self._run = run
        self._pool = pool
        self._observe = observe
        self._instances = instances
        self._loop = asyncio.get_running_loop()
        self._queue = BatchQueue(batching)
        self._running: set[Batch] = set()
        self._start_is_scheduled = False
        self._alarm = Alarm(self._ring)
        self._alarm_ns = _NEVER_NS
        # No deadline is earlier than this; it may be that of a request that is long answered.
        self._earliest_deadline_ns = _NEVER_NS
        self._idle = asyncio.Event()
        self._idle.set()

    @property
    def waiting(self) -> int:
        """How many requests wait, and do not run."""
        return len(self._queue)

    def submit(
        self, inputs: dict[str, Array], rows: int, deadline_ns: int | None
    ) -> asyncio.Future[BatchedAnswer]:
        """Have a request computed, with others or alone.

        What arrives in one turn of the event loop starts together, at the turn's end.

        Parameters
        ----------
        inputs : dict of str to ndarray
            All inputs of the model.
        rows : int
            The first dimension of each.
        deadline_ns : int or None
            When, by `time.perf_counter_ns`, the request is given up if it has not begun.

        Returns
        -------
        Future of BatchedAnswer
            Whoever cancels it takes the request out of the queue. It fails with a DeadlineError
            at the deadline, with what `run` raises for this request, and with an
            InvalidRequestError if the inputs do not all have `rows` rows.
        """
        answer: asyncio.Future[BatchedAnswer] = self._loop.create_future()
        now_ns = perf_counter_ns()
        for name, array in inputs.items():
            if array.ndim == 0 or array.shape[0] != rows:
                answer.set_exception(_uneven(name, array, rows))
                return answer
        request = BatchRequest(inputs, rows, kind_of(inputs), now_ns, deadline_ns, answer)
        self._queue.add(request)
        self._idle.clear()
        answer.add_done_callback(self._withdraw)
        if deadline_ns is not None and deadline_ns < self._earliest_deadline_ns:
            self._earliest_deadline_ns = deadline_ns
            self._wake_at(deadline_ns)
        if len(self._running) < self._instances and not self._start_is_scheduled:
            self._start_is_scheduled = True
            self._loop.call_soon(self._scheduled_start)
        return answer

    async def drain(self) -> None:
        """Wait until everything that was submitted is answered."""
        while not self._idle.is_set():
            await self._idle.wait()

    def close(self) -> None:
        """Give its file descriptor back: after `drain`, when nothing will be submitted."""
        self._alarm.close()

    def _scheduled_start(self) -> None:
        self._start_is_scheduled = False
        self._start_due()
        self._note_idle()

    def _start_due(self) -> None:
        """Start what may start now, and see to it that the rest will."""
        now_ns = perf_counter_ns()
        if now_ns >= self._earliest_deadline_ns:
            self._give_up_late(now_ns)
        while len(self._running) < self._instances:
            requests = self._queue.take_due(now_ns)
            if requests is None:
                due_ns = self._queue.due_ns()
                if due_ns is not None:
                    self._wake_at(due_ns)
                break
            self._start(Batch(requests))

    def _start(self, batch: Batch) -> None:
        for request in batch.requests:
            # Who cancels from now on is passed over: see Batch.compute.
            request.answer.remove_done_callback(self._withdraw)
        self._running.add(batch)
        try:
            self._pool.submit(self._work, batch)
        except RuntimeError as error:
            self._running.discard(batch)
            for request in batch.requests:
                if not request.answer.done():
                    request.answer.set_exception(
                        ServingError(f"the pool takes no more work: {error}")
                    )

    def _work(self, batch: Batch) -> None:
        """Compute a batch, in a thread of the pool; one hand-over back for all of it."""
        batch.compute(self._run)
        self._loop.call_soon_threadsafe(self._finish, batch)

    def _finish(self, batch: Batch) -> None:
        self._running.discard(batch)
        # First of all, so that the model runs while the answers are written.
        self._start_due()
        for request, result in batch.outcomes:
            if request.answer.done():
                continue
            if isinstance(result, BatchedAnswer):
                request.answer.set_result(result)
            else:
                request.answer.set_exception(result)
        self._note_idle()
        for facts in batch.facts:
            self._observe(facts)

    def _withdraw(self, answer: asyncio.Future[BatchedAnswer]) -> None:
        """Forget a request that was cancelled."""
        self._queue.discard(answer)
        self._note_idle()

    def _ring(self) -> None:
        self._alarm_ns = _NEVER_NS
        self._start_due()
        if self._earliest_deadline_ns < _NEVER_NS:
            self._wake_at(self._earliest_deadline_ns)
        self._note_idle()

    def _wake_at(self, at_ns: int) -> None:
        if at_ns < self._alarm_ns:
            self._alarm_ns = at_ns
            self._alarm.set(at_ns)

    def _give_up_late(self, now_ns: int) -> None:
        """Tell those whose deadline has passed, and find the next deadline."""
        waiting = self._queue.waiting()
        # In a pool that others keep busy a batch waits once more.
        for batch in self._running:
            if not batch.begun:
                waiting.extend(batch.requests)
        earliest_ns = _NEVER_NS
        for request in waiting:
            if request.deadline_ns is None or request.answer.done():
                continue
            if request.deadline_ns <= now_ns:
                self._queue.discard(request.answer)
                request.answer.set_exception(deadline_passed(now_ns - request.arrived_ns))
            else:
                earliest_ns = min(earliest_ns, request.deadline_ns)
        self._earliest_deadline_ns = earliest_ns

    def _note_idle(self) -> None:
        if not self._running and not self._queue:
            self._idle.set()


def _uneven(name: str, array: Array, rows: int) -> InvalidRequestError:
    return InvalidRequestError(
        f"has shape {list(array.shape)}, while the request has {rows} rows",
        where=f"input {name!r}",
        remedy="requests to a model that batches have the same first dimension in every input",
    )
