"""Threads for work that is too long for the event loop, and the queue before them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future
from dataclasses import dataclass
from time import perf_counter_ns

import numpy as np
import numpy.typing as npt

from contract.errors import DeadlineError

Array = npt.NDArray[np.generic]
_NS_PER_SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Ran:
    """A run of a model.

    Attributes
    ----------
    arrays : sequence of ndarray
        What it computed.
    queue_ns : int
        How long it waited for a thread.
    infer_ns : int
        How long it ran.
    """

    arrays: Sequence[Array]
    queue_ns: int
    infer_ns: int


def run_in_pool(
    pool: Executor, run: Callable[[], Sequence[Array]], deadline_ns: int
) -> asyncio.Future[Ran]:
    """Run something in a thread; cancelling what is returned takes it out of the queue.

    Parameters
    ----------
    pool : Executor
        The threads.
    run : callable
        What is run: a model, on inputs that it is bound to.
    deadline_ns : int
        When, by `time.perf_counter_ns`, it is given up if it has not begun.

    Returns
    -------
    Future of Ran
        It fails with what `run` raises, and with a DeadlineError at the deadline.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[Ran] = loop.create_future()
    queued_ns = perf_counter_ns()
    job = pool.submit(_timed, run, queued_ns)
    timer = loop.call_later(
        max(0, deadline_ns - queued_ns) / _NS_PER_SECOND, _give_up, job, answer, queued_ns
    )

    def settle(done: Future[Ran]) -> None:
        timer.cancel()
        if answer.done():
            return
        error = done.exception()
        if error is None:
            answer.set_result(done.result())
        else:
            answer.set_exception(error)

    def tell(done: Future[Ran]) -> None:
        # A loop that is closed has nobody left to tell.
        if not done.cancelled() and not loop.is_closed():
            loop.call_soon_threadsafe(settle, done)

    def abandon(outcome: asyncio.Future[Ran]) -> None:
        if outcome.cancelled():
            timer.cancel()
            job.cancel()

    job.add_done_callback(tell)
    answer.add_done_callback(abandon)
    return answer


def _timed(run: Callable[[], Sequence[Array]], queued_ns: int) -> Ran:
    begun_ns = perf_counter_ns()
    arrays = run()
    return Ran(arrays, begun_ns - queued_ns, perf_counter_ns() - begun_ns)


def _give_up(job: Future[Ran], answer: asyncio.Future[Ran], queued_ns: int) -> None:
    if job.cancel() and not answer.done():
        answer.set_exception(deadline_passed(perf_counter_ns() - queued_ns))


def deadline_passed(waited_ns: int) -> DeadlineError:
    """Return the error of a request that waited for too long."""
    return DeadlineError(
        f"waited {waited_ns / 1e6:.0f} ms for a thread, longer than its deadline",
        remedy="the server has more work than it can do: send less, or try again later",
    )
