"""One inference from body to body, timed and counted; it knows nothing of HTTP."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass
from functools import partial
from time import perf_counter_ns

import numpy as np
import numpy.typing as npt

from contract.errors import DeadlineError, OverloadedError, RequestError, TooLargeError
from serve.codec.infer_answer import InferAnswer, encode_answer
from serve.codec.infer_request import InferRequest, decode_request
from serve.limits import Limits
from serve.models.served_model import ServedModel
from serve.models.work_pool import run_in_pool
from serve.statistics.tallies import ModelCell

Array = npt.NDArray[np.generic]

_NS_PER_US = 1_000
_NS_PER_MS = 1_000_000


@dataclass(frozen=True, slots=True)
class TimedAnswer:
    """An answer and how long each step to it took, in nanoseconds."""

    answer: InferAnswer
    decode_ns: int
    queue_ns: int
    infer_ns: int
    encode_ns: int


class InferHandler:
    """Answers infer requests: short ones at once, long ones by a thread.

    Reading and writing bodies happens on the event loop either way: both hold Python's lock,
    a thread would not help. What a thread takes over is ONNX Runtime, which lets go of it.

    Parameters
    ----------
    limits : Limits
        Bounds on what is read and answered.
    pool : Executor
        The threads for long work.
    """

    __slots__ = ("_limits", "_pool")

    def __init__(self, limits: Limits, pool: Executor) -> None:
        self._limits = limits
        self._pool = pool

    def begin(
        self, served: ServedModel, body: bytes | bytearray | memoryview, json_bytes: int | None
    ) -> TimedAnswer | asyncio.Task[TimedAnswer]:
        """Answer an infer request, or begin to.

        Parameters
        ----------
        served : ServedModel
            The model that is asked.
        body : bytes-like
            The request's body.
        json_bytes : int or None
            The length of its JSON part, as in `decode_request`.

        Returns
        -------
        TimedAnswer or Task of TimedAnswer
            The answer; a task, where it is computed elsewhere. It may be cancelled, and fails
            with a RequestError.

        Raises
        ------
        RequestError
            If the request cannot be answered.
        """
        begun_ns = perf_counter_ns()
        try:
            self._require_parsable(len(body) if json_bytes is None else json_bytes)
            request = decode_request(body, json_bytes, served.model.signature)
            decoded_ns = perf_counter_ns()
            rows = served.model.signature.rows(request.inputs)
            if rows > served.max_rows:
                raise TooLargeError(
                    f"{rows} rows, at most {served.max_rows} are taken at once",
                    where=served.model.identity.name,
                )
            if rows > served.most_inline_rows or served.batcher is not None:
                return asyncio.get_running_loop().create_task(
                    self._in_time(served, request, rows, begun_ns, decoded_ns)
                )
            names = [output.name for output in request.outputs]
            arrays = served.model.run(names, request.inputs)
            inferred_ns = perf_counter_ns()
            answer = self._encoded(served, request, arrays)
        except RequestError as error:
            _count_failure(served, error, begun_ns)
            raise
        encoded_ns = perf_counter_ns()
        timed = TimedAnswer(
            answer,
            decoded_ns - begun_ns,
            0,
            inferred_ns - decoded_ns,
            encoded_ns - inferred_ns,
        )
        served.tally.ran(rows, timed.decode_ns, timed.infer_ns, timed.encode_ns)
        served.tally.answered(encoded_ns - begun_ns, 0, time.time_ns() // _NS_PER_MS)
        return timed

    async def _in_time(
        self, served: ServedModel, request: InferRequest, rows: int, begun_ns: int, decoded_ns: int
    ) -> TimedAnswer:
        """Answer by way of a queue."""
        tally = served.tally
        tally.add(ModelCell.PENDING)
        try:
            deadline_ns = begun_ns + served.queue_deadline_ms * _NS_PER_MS
            if request.timeout_us is not None:
                deadline_ns = min(deadline_ns, begun_ns + request.timeout_us * _NS_PER_US)
            arrays, queue_ns, infer_ns = await self._run(served, request, rows, deadline_ns)
            inferred_ns = perf_counter_ns()
            answer = self._encoded(served, request, arrays)
        except RequestError as error:
            _count_failure(served, error, begun_ns)
            raise
        except asyncio.CancelledError:
            tally.add(ModelCell.CANCELED)
            raise
        finally:
            tally.add(ModelCell.PENDING, -1)
        encoded_ns = perf_counter_ns()
        timed = TimedAnswer(
            answer, decoded_ns - begun_ns, queue_ns, infer_ns, encoded_ns - inferred_ns
        )
        if served.batcher is None:
            tally.ran(rows, timed.decode_ns, infer_ns, timed.encode_ns)
        else:  # the batcher counts its runs, which are not this request's alone
            tally.add(ModelCell.INPUT_NS, timed.decode_ns)
            tally.add(ModelCell.OUTPUT_NS, timed.encode_ns)
        tally.answered(encoded_ns - begun_ns, queue_ns, time.time_ns() // _NS_PER_MS)
        return timed

    async def _run(
        self, served: ServedModel, request: InferRequest, rows: int, deadline_ns: int
    ) -> tuple[Sequence[Array], int, int]:
        """Run in a batch or alone; return the outputs wanted, time queued and time run."""
        names = [output.name for output in request.outputs]
        if served.batcher is None:
            run = partial(served.model.run, names, request.inputs)
            ran = await run_in_pool(self._pool, run, deadline_ns)
            return ran.arrays, ran.queue_ns, ran.infer_ns
        batched = await served.batcher.submit(request.inputs, rows, deadline_ns)
        by_name = dict(zip(served.model.signature.outputs, batched.arrays, strict=True))
        return [by_name[name] for name in names], batched.queue_ns, batched.infer_ns

    def _require_parsable(self, json_bytes: int) -> None:
        if json_bytes > self._limits.max_json_bytes:
            raise TooLargeError(
                f"{json_bytes} bytes of JSON, at most {self._limits.max_json_bytes} are read",
                remedy="send tensors as binary data",
            )

    def _encoded(
        self, served: ServedModel, request: InferRequest, arrays: Sequence[Array]
    ) -> InferAnswer:
        size = sum(array.nbytes for array in arrays)
        if size > self._limits.max_output_bytes:
            raise TooLargeError(
                f"the answer's tensors take {size} bytes, "
                f"at most {self._limits.max_output_bytes} are sent",
                where=served.model.identity.name,
                remedy="ask for fewer rows or fewer outputs at once",
            )
        return encode_answer(served.model.identity, served.model.signature, request, arrays)


def _count_failure(served: ServedModel, error: RequestError, begun_ns: int) -> None:
    if isinstance(error, OverloadedError | DeadlineError):
        served.tally.add(ModelCell.REJECTED)
    served.tally.failed(perf_counter_ns() - begun_ns)
