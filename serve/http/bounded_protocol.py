"""HTTP/1.1 on one connection: uvicorn's protocol, within bounds.

uvicorn (0.54) has no time limit for headers and bodies and none on the headers' size: a client
that sends a byte a minute keeps its connection for ever. The limits are here, where bytes
arrive; so is the protocol's form of errors, and what a connection does while the server ends.
"""

from __future__ import annotations

import asyncio
from enum import Enum, auto
from time import monotonic
from typing import Any

import httptools
import uvicorn
from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol
from uvicorn.server import ServerState

from serve.http.error_response import JSON_HEADERS, RETRY_HEADERS, error_body
from serve.http.http_answer import http_answer
from serve.limits import Limits
from serve.statistics.tallies import Tallies, WorkerCell

NEVER = float("inf")
# Beside the connections that are served, so many more are told that there are too many.
_TURNED_AWAY_CONNECTIONS = 256
# How long a connection that was refused is listened to, so that its client reads the answer
# before the system tells it of bytes that nobody took.
_LINGER_SECONDS = 2.0
# A connection at rest is closed so long after the server was told to end: what its client had
# sent before is read and answered.
_DRAIN_IDLE_SECONDS = 0.1
# ": " and the line's end.
_BETWEEN_HEADERS_BYTES = 4
_TOO_MANY = "as many connections are open as the server takes (try again after a moment)"


class Phase(Enum):
    """What a connection waits for."""

    IDLE = auto()
    HEADERS = auto()
    BODY = auto()
    ANSWER = auto()
    REFUSED = auto()
    LINGER = auto()


_DEAF = frozenset({Phase.REFUSED, Phase.LINGER})


class BoundedProtocol(HttpToolsProtocol):
    """One connection.

    Parameters
    ----------
    limits : Limits
        The bounds.
    tallies : Tallies
        Where connections and requests are counted.
    config, server_state, app_state, _loop
        As uvicorn hands them to each protocol.
    """

    # uvicorn's RequestResponseCycle, or what stands for it: that of the newest request.
    cycle: Any

    def __init__(
        self,
        limits: Limits,
        tallies: Tallies,
        config: uvicorn.Config,
        server_state: ServerState,
        app_state: dict[str, Any],
        _loop: asyncio.AbstractEventLoop | None = None,
    ) -> None:
        super().__init__(config, server_state, app_state, _loop)
        self._limits = limits
        self._tallies = tallies
        self._phase = Phase.IDLE
        self._running: Any = None
        self._deadline = monotonic() + limits.header_seconds
        self._write_deadline = NEVER
        self._header_bytes = 0
        self._crowded = False
        self._draining = False
        self._last_words = b""

    # -- the connection ------------------------------------------------------------------

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Take a connection; one too many is told so when its request comes."""
        super().connection_made(transport)
        self._tallies.add(WorkerCell.CONNECTIONS)
        beyond = len(self.connections) - self._limits.max_connections
        self._crowded = beyond > 0
        if beyond > _TURNED_AWAY_CONNECTIONS:
            transport.abort()

    def connection_lost(self, exc: Exception | None) -> None:
        """Clean up."""
        self._tallies.add(WorkerCell.CONNECTIONS, -1)
        if self._answer_pending():
            self._tallies.add(WorkerCell.CUT_OFF)
        self._deadline = self._write_deadline = NEVER
        # uvicorn tells the newest request alone; an earlier one would write to a closed transport.
        if self._running is not None and not self._running.response_complete:
            self._running.disconnected = True
            self._running.message_event.set()
        super().connection_lost(exc)

    def _start_asgi_task(self, cycle: Any, app: Any) -> None:  # noqa: ANN401 - uvicorn's
        self._running = cycle
        super()._start_asgi_task(cycle, app)

    def sweep(self, now: float) -> None:
        """Cut a late client off; called some times a second, `now` by `time.monotonic`.

        A look at each connection costs less than a timer for each request.
        """
        if now > self._write_deadline:
            self.transport.abort()
        elif now > self._deadline and not self.flow.read_paused:
            if self._phase is Phase.HEADERS:
                self._refuse(408, "the request's headers came too slowly")
            elif self._phase is Phase.BODY:
                self._refuse(408, "the request's body came too slowly")
            else:
                self.transport.close()

    def shutdown(self) -> None:
        """Begin to end: what is being read or answered is finished, nothing comes after it."""
        self._draining = True
        if self._phase is Phase.IDLE:
            self._deadline = monotonic() + _DRAIN_IDLE_SECONDS
        elif self._answer_pending():
            self.cycle.keep_alive = False

    def pause_writing(self) -> None:
        """Wait for a client that does not read; not for ever."""
        super().pause_writing()
        self.flow.pause_reading()
        self._write_deadline = monotonic() + self._limits.write_seconds

    def resume_writing(self) -> None:
        """Go on with a client that reads again."""
        super().resume_writing()
        self._write_deadline = NEVER
        if not self._answer_pending() and not self.transport.is_closing():
            self._read_on()

    def _read_on(self) -> None:
        """Read again; a client that was not listened to meanwhile has lost no time by it."""
        if self.flow.read_paused:
            self._deadline = max(self._deadline, monotonic() + self._limits.header_seconds)
            self.flow.resume_reading()

    # -- bytes ---------------------------------------------------------------------------

    def data_received(self, data: bytes | memoryview) -> None:
        """Read what came."""
        before = self._phase
        if before in _DEAF:
            return
        try:
            self.parser.feed_data(data)
        except httptools.HttpParserUpgrade:
            # No other protocol is spoken here: the request is answered as it is, the last one.
            if self._phase not in _DEAF:
                self.cycle.keep_alive = False
        except httptools.HttpParserError:
            if self._phase not in _DEAF:
                self._refuse(400, "not an HTTP/1.1 request")
        else:
            # A header that is not complete stays in the parser, which has no bound of its own.
            if before is Phase.HEADERS and self._phase is Phase.HEADERS:
                self._count_header(len(data))

    def on_message_begin(self) -> None:
        """Begin a request; what the application is told of it is made when it is needed."""
        if self._phase in _DEAF:
            return
        self.url = b""
        self.expect_100_continue = False
        self.headers = []
        self._header_bytes = 0
        self._phase = Phase.HEADERS
        self._deadline = monotonic() + self._limits.header_seconds

    def on_url(self, url: bytes) -> None:
        """Take the request line's URL, or a part of it."""
        self.url += url
        self._count_header(len(url))

    def on_header(self, name: bytes, value: bytes) -> None:
        """Take a header."""
        super().on_header(name, value)
        self._count_header(len(name) + len(value) + _BETWEEN_HEADERS_BYTES)

    def _count_header(self, size: int) -> None:
        self._header_bytes += size
        if self._header_bytes > self._limits.max_header_bytes and self._phase is Phase.HEADERS:
            self._refuse(
                431,
                f"request line and headers take more than {self._limits.max_header_bytes} bytes",
            )

    def on_headers_complete(self) -> None:
        """Hand the request to the application."""
        if self._phase in _DEAF:
            return
        if self._crowded:
            self._refuse(503, _TOO_MANY)
            return
        if [name for name, _ in self.headers].count(b"host") > 1:
            # RFC 9112, section 3.2: who reads the first and who reads the last would not agree.
            self._refuse(400, "more than one Host header")
            return
        if self.parser.should_upgrade() and self._announced_bytes():
            # The parser takes the body for the other protocol's first bytes.
            self._refuse(400, "a body cannot come with a wish to upgrade (leave Upgrade out)")
            return
        self._tallies.add(WorkerCell.READ)
        self._phase = Phase.BODY
        self._begin()
        if self._draining:
            self.cycle.keep_alive = False

    def _begin(self) -> None:
        """Begin to answer a request whose headers were read."""
        self._deadline = monotonic() + self._limits.body_deadline_seconds(self._announced_bytes())
        url, headers, expects = self.url, self.headers, self.expect_100_continue
        super().on_message_begin()
        self.url, self.expect_100_continue = url, expects
        self.headers += headers
        try:
            super().on_headers_complete()
        except httptools.HttpParserInvalidURLError:
            self._phase = Phase.HEADERS
            self._refuse(400, "the URL cannot be read")

    def _announced_bytes(self) -> int:
        """Return how long the body is going to be; the most it may be where that is open."""
        for name, value in self.headers:
            if name == b"content-length":
                return int(value)
            if name == b"transfer-encoding":
                return self._limits.max_body_bytes
        return 0

    def on_body(self, body: bytes) -> None:
        """Take a piece of a body."""
        if self._phase not in _DEAF:
            super().on_body(body)

    def on_message_complete(self) -> None:
        """Wait for the answer, or for the next request where it is there already."""
        if self._phase in _DEAF:
            return
        super().on_message_complete()
        if self._answer_pending():
            self._phase, self._deadline = Phase.ANSWER, NEVER
        else:
            self._rest()

    def on_response_complete(self) -> None:
        """Count an answer that was sent, and take the next request that was sent with it."""
        self.server_state.total_requests += 1
        self._tallies.add(WorkerCell.ANSWERED)
        if self.transport.is_closing():
            return
        if not self.flow.write_paused:
            self._read_on()
        if self.pipeline:
            cycle, app = self.pipeline.pop()
            self._start_asgi_task(cycle, app)
        elif self._phase is Phase.REFUSED:
            self._end_with(self._last_words)
        elif self._phase is Phase.ANSWER:
            self._rest()

    def _rest(self) -> None:
        seconds = _DRAIN_IDLE_SECONDS if self._draining else self._limits.idle_seconds
        self._phase, self._deadline = Phase.IDLE, monotonic() + seconds

    def _answer_pending(self) -> bool:
        return self.cycle is not None and not self.cycle.response_complete

    # -- refusals ------------------------------------------------------------------------

    def _refuse(self, status: int, message: str) -> None:
        """Answer what cannot be read any further, and read no more from this client.

        Requests that it has sent before on this connection are answered first.
        """
        headers = JSON_HEADERS + RETRY_HEADERS if status == 503 else JSON_HEADERS
        answer = http_answer(
            status,
            self.server_state.default_headers + headers,
            error_body(message),
            keep_alive=False,
        )
        earlier = self._answer_pending()
        if self._phase is Phase.BODY:
            # The newest request itself, whose handler may wait for the rest of its body.
            if self.cycle.response_complete or getattr(self.cycle, "response_started", False):
                answer = b""
            earlier = self._give_up_newest()
        if earlier:
            self._phase, self._deadline, self._last_words = Phase.REFUSED, NEVER, answer
        else:
            self._end_with(answer)

    def _give_up_newest(self) -> bool:
        """Tell the newest request's handler that its client is gone; true if others wait."""
        self.cycle.disconnected = True
        self.cycle.message_event.set()
        if self.pipeline and self.pipeline[0][0] is self.cycle:
            self.pipeline.popleft()
            return True
        return False

    def _end_with(self, answer: bytes) -> None:
        if not self.transport.is_closing():
            self.transport.write(answer)
        self._linger()

    def _write(
        self, status: int, headers: list[tuple[bytes, bytes]], body: bytes, *, keep_alive: bool
    ) -> None:
        headers = self.server_state.default_headers + headers
        self.transport.write(http_answer(status, headers, body, keep_alive=keep_alive))

    def _linger(self) -> None:
        """Send what is written, then the end, and close when the client has done the same."""
        self._phase, self._deadline = Phase.LINGER, monotonic() + _LINGER_SECONDS
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        self.transport.write_eof()
