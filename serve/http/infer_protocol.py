"""Infer requests, answered where their bytes arrive.

An infer request with a Content-Length is answered as soon as its body is complete: without
scope, task, event, receive and send, which together cost more than reading, inference and
writing do. Everything else goes to the FastAPI application by uvicorn's own code, infer
requests of other forms (chunked, pipelined, HTTP/1.0) among them: its route answers
those by the same handler with the same bytes.
"""

from __future__ import annotations

import asyncio
import logging
from time import monotonic, perf_counter_ns, thread_time_ns
from typing import Any

import httptools
import uvicorn
from uvicorn.server import ServerState

from contract.errors import PerbillionError, RequestError
from contract.server_timing import REQUEST_HEADER
from serve.access.access_log import AccessEntry
from serve.http.bounded_protocol import NEVER, BoundedProtocol, Phase
from serve.http.entrance import Entrance, json_length
from serve.http.error_response import (
    INTERNAL_ERROR,
    JSON_HEADERS,
    error_body,
    error_headers,
    status_of,
)
from serve.http.infer_answer_headers import answer_headers
from serve.http.infer_exchange import InferExchange
from serve.models.infer_handler import TimedAnswer
from serve.models.served_model import ServedModel

_TIMING_WANTED = REQUEST_HEADER.lower().encode()
# Of a body of which so much is missing the rest is received past the parser.
_LARGE_REST_BYTES = 64 * 1024
_logger = logging.getLogger("perbillion.serve")


class InferProtocol(BoundedProtocol):
    """One connection on which infer requests are answered at once.

    Parameters
    ----------
    entrance : Entrance
        What infer requests pass on their way in.
    config, server_state, app_state, _loop
        As uvicorn hands them to each protocol.
    """

    def __init__(
        self,
        entrance: Entrance,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(entrance.limits, entrance.tallies, config, server_state, app_state, _loop)
        self._entrance = entrance
        self._models = entrance.served.by_infer_url
        self._memory = entrance.body_memory
        self._past_parser = False
        # The infer request on its way, from its headers to its answer.
        self._exchange: InferExchange | None = None

    def connection_lost(self, exc: Exception | None) -> None:
        """Clean up; work for a client that went away is given up where it has not begun."""
        exchange = self._exchange
        super().connection_lost(exc)
        if exchange is not None:
            self._end(exchange)
            if exchange.task is not None:
                exchange.task.cancel()

    # -- in ------------------------------------------------------------------------------

    def _begin(self) -> None:
        served = self._models.get(self.url)
        if served is None or self._answer_pending() or not self._begin_infer(served):
            super()._begin()

    def _begin_infer(self, served: ServedModel) -> bool:
        """Begin an infer request; false where it is of a form that the application answers."""
        parser = self.parser
        headers = dict(self.headers)
        length = headers.get(b"content-length")
        if (
            length is None
            or b"transfer-encoding" in headers
            or parser.get_method() != b"POST"
            or parser.get_http_version() != "1.1"
            or parser.should_upgrade()
        ):
            return False
        body_bytes = int(length)
        exchange = InferExchange(served, headers, self.url, body_bytes)
        exchange.keep_alive = parser.should_keep_alive()
        if _TIMING_WANTED in headers:
            # Read once a request, always at this point: the difference to the next one's
            # reading is what this request cost.
            exchange.cpu_clock_ns = thread_time_ns()
        self.cycle = self._exchange = exchange
        self._deadline = monotonic() + self._limits.body_deadline_seconds(body_bytes)
        try:
            self._admit(exchange)
        except RequestError as error:
            exchange.refusal = error
            if self.expect_100_continue or body_bytes > _LARGE_REST_BYTES:
                # What is not going to be read need not be sent.
                exchange.keep_alive = False
                self._answer_error(exchange, error)
        else:
            if self.expect_100_continue:
                self.transport.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        return True

    def _admit(self, exchange: InferExchange) -> None:
        entrance = self._entrance
        entrance.access.check(exchange.headers, with_body=True)
        entrance.require_acceptable(exchange.headers, exchange.body_bytes)
        exchange.json_bytes = json_length(exchange.headers)
        entrance.admission.enter(exchange.body_bytes)
        exchange.admitted = True

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body."""
        if self.cycle is not self._exchange or self._exchange is None:
            super().on_body(body)
        else:
            self._exchange.take(body, self._memory)

    def body_memory_wanted(self) -> memoryview | None:
        """Return where the rest of a large body goes, past the parser (`serve.http.receiver`)."""
        exchange = self._exchange
        if exchange is None or self._phase is not Phase.BODY or exchange.refusal is not None:
            return None
        if not self._past_parser:
            if exchange.missing_bytes < _LARGE_REST_BYTES:
                return None
            self._past_parser = True
        return exchange.rest(self._memory)

    def body_received(self, size: int) -> None:
        """Take note of what was written there; go on when the body is complete."""
        exchange = self._exchange
        if exchange is None:
            return
        exchange.filled(size)
        if not exchange.missing_bytes:
            self._past_parser = False
            # The old parser still waits for the body that it was not shown.
            self.parser = httptools.HttpRequestParser(self)
            self.parser.set_dangerous_leniencies(lenient_data_after_close=True)
            self.on_message_complete()

    def on_message_complete(self) -> None:
        """Answer, or begin to."""
        exchange = self._exchange
        if exchange is None or self.cycle is not exchange:
            super().on_message_complete()
        elif exchange.refusal is not None:
            self._answer_error(exchange, exchange.refusal)
        else:
            self._answer(exchange)

    # -- out -----------------------------------------------------------------------------

    def _answer(self, exchange: InferExchange) -> None:
        self._phase, self._deadline = Phase.ANSWER, NEVER
        try:
            begun = self._entrance.handler.begin(
                exchange.served, exchange.body, exchange.json_bytes
            )
        except RequestError as error:
            self._answer_error(exchange, error)
        # Whatever else goes wrong is a defect of ours: it is logged, and this client hears of
        # it, without ending the connections of others.
        except Exception as error:  # noqa: BLE001
            self._answer_defect(exchange, error)
        else:
            if isinstance(begun, TimedAnswer):
                self._send(exchange, begun)
            else:
                # Reading goes on: this is how it is noticed that a client goes away. What it sends
                # meanwhile is a request that uvicorn queues, and then it reads no further.
                exchange.task = begun
                begun.add_done_callback(self._answer_later)

    def _answer_later(self, task: asyncio.Task[TimedAnswer]) -> None:
        exchange = self._exchange
        if task.cancelled() or exchange is None or exchange.disconnected:
            return
        error = task.exception()
        if error is None:
            self._send(exchange, task.result())
        elif isinstance(error, RequestError):
            self._answer_error(exchange, error)
        else:
            self._answer_defect(exchange, error)

    def _send(self, exchange: InferExchange, timed: TimedAnswer) -> None:
        wanted = exchange.headers.get(_TIMING_WANTED) == b"1"
        headers = answer_headers(timed, exchange.cpu_clock_ns if wanted else None)
        self._finish(exchange, 200, headers, timed.answer.body)
        # Only now is it certain that no thread reads it.
        exchange.give_back(self._memory)

    def _answer_error(self, exchange: InferExchange, error: PerbillionError) -> None:
        self._finish(exchange, status_of(error), error_headers(error), error_body(str(error)))

    def _answer_defect(self, exchange: InferExchange, error: BaseException) -> None:
        _logger.error("an infer request failed", exc_info=error)
        self._finish(exchange, 500, JSON_HEADERS, error_body(INTERNAL_ERROR))

    def _finish(
        self, exchange: InferExchange, status: int, headers: list[tuple[bytes, bytes]], body: bytes
    ) -> None:
        """Send an answer; the connection goes on to the next request, or ends."""
        complete = not exchange.missing_bytes
        self._write(status, headers, body, keep_alive=exchange.keep_alive)
        exchange.response_complete = True
        self._end(exchange)
        log = self._entrance.access_log
        if log is not None:
            took_ns = perf_counter_ns() - exchange.read_ns
            log.note(AccessEntry(self.client, "POST", exchange.url, status, took_ns, len(body)))
        if exchange.keep_alive:
            if self._phase is Phase.BODY:
                self._phase = Phase.ANSWER
        elif complete:
            self.transport.close()
        else:
            self._linger()
        self.on_response_complete()

    def _end(self, exchange: InferExchange) -> None:
        self._exchange = None
        if exchange.admitted:
            exchange.admitted = False
            self._entrance.admission.leave(exchange.body_bytes)
