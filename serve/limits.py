"""How much a server takes on: the bounds that keep it standing when it is asked too much."""

from __future__ import annotations

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """Bounds of one server, of all of its workers together where nothing else is said.

    Attributes
    ----------
    max_in_flight : int
        Infer requests between their headers and their answer. Beyond: 503 with Retry-After.
    max_buffered_bytes : int
        Bodies of the requests in flight, of one worker. Beyond: 503 with Retry-After.
    max_connections : int
        Open connections of one worker. A connection beyond is answered 503 and closed.
    max_body_bytes : int
        One request's body. Beyond: 413. (64 MiB is Triton's bound, too.)
    max_json_bytes : int
        The JSON of one body; parsing holds Python's lock, so this bounds how long a request
        can keep all others waiting. Beyond: 413.
    max_rows : int
        Rows of one request (its inputs' first dimension, where the model leaves it open).
        Beyond: 413.
    max_output_bytes : int
        The tensors of one answer. Beyond: 413.
    max_header_bytes : int
        Request line and headers. Beyond: 431.
    header_seconds : float
        From a connection's opening, or a request's first byte, to the end of its headers.
        Beyond: 408.
    body_seconds : float
        From the headers' end to the body's, for each started 16 MiB. Beyond: 408.
    write_seconds : float
        How long a client may leave an answer unread. Beyond: the connection is cut.
    idle_seconds : float
        How long a connection may stay open between requests. The default is longer than the
        60 s after which common proxies and clients drop an idle connection: were ours the
        shorter time, they would send into connections that are being closed.
    queue_deadline_ms : int
        How long a request may wait for a thread. Beyond: 504. A request's own ``timeout``
        parameter (microseconds, as Triton has it) can shorten it.
    drain_seconds : float
        How long a server that is told to end goes on with requests it has begun to read.
    """

    max_in_flight: int = 256
    max_buffered_bytes: int = 512 * MIB
    max_connections: int = 1024
    max_body_bytes: int = 64 * MIB
    max_json_bytes: int = 16 * MIB
    max_rows: int = 65536
    max_output_bytes: int = 64 * MIB
    max_header_bytes: int = 16 * 1024
    header_seconds: float = 10.0
    body_seconds: float = 30.0
    write_seconds: float = 30.0
    idle_seconds: float = 75.0
    queue_deadline_ms: int = 2000
    drain_seconds: float = 30.0

    def body_deadline_seconds(self, body_bytes: int) -> float:
        """Return how long a body of this size may take to arrive."""
        return self.body_seconds * (1 + body_bytes // (16 * MIB))
