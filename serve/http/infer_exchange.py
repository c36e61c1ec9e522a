"""One infer request on its way through a connection: its body as it arrives, its answer."""

from __future__ import annotations

import asyncio
from time import perf_counter_ns

from contract.errors import RequestError
from serve.http.body_memory import BodyBuffer, BodyMemory
from serve.models.infer_handler import TimedAnswer
from serve.models.served_model import ServedModel


class InferExchange:
    """A request whose headers were read, until it is answered.

    To uvicorn's protocol it stands where a ``RequestResponseCycle`` stands for the requests of
    the application: `response_complete`, `keep_alive` and `disconnected` are read and set there.

    Parameters
    ----------
    served : ServedModel
        The model that is asked.
    headers : dict of bytes to bytes
        The request's headers, their names in lower case.
    url : bytes
        As it stands in the request line.
    body_bytes : int
        How long the body is going to be.
    """

    __slots__ = (
        "_buffer",
        "_filled",
        "admitted",
        "body",
        "body_bytes",
        "cpu_clock_ns",
        "disconnected",
        "headers",
        "json_bytes",
        "keep_alive",
        "message_event",
        "read_ns",
        "refusal",
        "response_complete",
        "served",
        "task",
        "url",
    )

    def __init__(
        self, served: ServedModel, headers: dict[bytes, bytes], url: bytes, body_bytes: int
    ) -> None:
        self.served = served
        self.headers = headers
        self.url = url
        self.body_bytes = body_bytes
        self.read_ns = perf_counter_ns()
        self.cpu_clock_ns = 0
        self.json_bytes: int | None = None
        self.body: bytes | memoryview = b""
        self.refusal: RequestError | None = None
        self.task: asyncio.Task[TimedAnswer] | None = None
        self.admitted = False
        self.keep_alive = True
        self.disconnected = False
        self.response_complete = False
        self.message_event = _NOBODY_WAITS
        self._buffer: BodyBuffer | None = None
        self._filled = 0

    @property
    def missing_bytes(self) -> int:
        """How much of the body has not come yet."""
        return self.body_bytes - self._filled

    def take(self, piece: bytes, memory: BodyMemory) -> None:
        """Take the next piece of the body; the parser never hands on more than was announced.

        A body that comes whole stays as it is; one in pieces is put together in `memory`.
        """
        if len(piece) == self.body_bytes:
            self.body = piece
        elif self.refusal is None:
            self.rest(memory)[: len(piece)] = piece
        self._filled += len(piece)

    def rest(self, memory: BodyMemory) -> memoryview:
        """Return the part of the body that is still to be filled."""
        if self._buffer is None:
            self._buffer = memory.lend(self.body_bytes, self.json_bytes or 0)
            self.body = self._buffer.body
        return self._buffer.body[self._filled :]

    def filled(self, size: int) -> None:
        """Note that so many bytes were written into `rest`."""
        self._filled += size

    def give_back(self, memory: BodyMemory) -> None:
        """Give the body's memory back, once the request is answered and nothing reads it."""
        buffer, self._buffer, self.body = self._buffer, None, b""
        if buffer is not None:
            memory.take_back(buffer)


class _NobodyWaits:
    """Stands for the event that an ASGI application would wait on."""

    def set(self) -> None:
        """Wake nobody."""


_NOBODY_WAITS = _NobodyWaits()
