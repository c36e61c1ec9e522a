"""The open-loop generator: requests when they are due, whatever becomes of the answers.

``python -m benchmarks.peers.open_loop ORDER.json OUTCOME.npz``

A process of its own, on a core of its own, which it keeps busy: waiting in the kernel would
cost up to a millisecond each time. A request that finds every connection taken is not
sent late but counted as such, so what is sent is sent when it is due; `OpenLoopOutcome` holds how
late it was all the same.
"""

from __future__ import annotations

import gc
import json
import re
import select
import socket
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from time import perf_counter_ns

import numpy as np
import numpy.typing as npt

from benchmarks.peers.schedule import Schedule
from contract.errors import LoadTestError

Column = npt.NDArray[np.int64]

NO_CONNECTION = -1
"""The status of a request that found every connection taken."""
BROKEN = -2
"""The status of a request whose connection ended before the answer."""
UNANSWERED = -3
"""The status of a request without an answer when the generator gave up."""

_PATIENCE_NS = 10_000_000_000
_CONNECT_SECONDS = 5.0
# Answers taken between two looks at the schedule: few, so that nothing due waits for long.
_MOST_EVENTS = 16
_MOST_BYTES = 65_536
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
_RETRY = re.compile(rb"\r\nretry-after: *\d", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class OpenLoopOrder:
    """What to send, how often, and where.

    Attributes
    ----------
    port : int
        Of the loopback interface.
    request_file : str
        The bytes of the request, as they go over the connection.
    rate_hz, seconds : float
        The schedule's.
    connections : int
        Most connections at a time, each with one request in flight.
    """

    port: int
    request_file: str
    rate_hz: float
    seconds: float
    connections: int


@dataclass(frozen=True, slots=True)
class OpenLoopOutcome:
    """What became of each request; one entry a request, in the order in which they were due.

    Attributes
    ----------
    due_ns, sent_ns, done_ns : int64 arrays
        After the start; -1 where it was not sent or not answered.
    status : int64 array
        The HTTP status, or one of this module's.
    retry_after : int64 array
        1 where the answer carried ``Retry-After``.
    """

    due_ns: Column
    sent_ns: Column
    done_ns: Column
    status: Column
    retry_after: Column


class _Connection:
    """A connection and the request it carries, if any."""

    def __init__(self, port: int) -> None:
        self.socket = socket.create_connection(("127.0.0.1", port), _CONNECT_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(0)
        self.fd = self.socket.fileno()
        self.request = -1
        self.idle = True
        self.received = b""


class OpenLoop:
    """Drives one server by a schedule.

    Parameters
    ----------
    order : OpenLoopOrder
        What to do.
    """

    def __init__(self, order: OpenLoopOrder) -> None:
        self._port = order.port
        self._wire = Path(order.request_file).read_bytes()
        self._schedule = Schedule(order.rate_hz, order.seconds)
        count = self._schedule.count
        due = [self._schedule.due_ns(index) for index in range(count)]
        self._due_ns = np.array(due, dtype=np.int64)
        # Lists: writing one element of an array costs several times as much.
        self._sent_ns = [-1] * count
        self._done_ns = [-1] * count
        self._status = [UNANSWERED] * count
        self._retry_after = [0] * count
        self._poll = select.epoll()
        self._by_fd: dict[int, _Connection] = {}
        self._free: list[_Connection] = []
        self._start_ns = 0
        for _ in range(order.connections):
            self._open()

    def run(self) -> OpenLoopOutcome:
        """Send everything, then wait for the answers for some seconds."""
        due = self._due_ns.tolist()
        count, following = len(due), 0
        give_up_ns = (due[-1] if due else 0) + _PATIENCE_NS
        busy = len(self._by_fd)
        self._start_ns = perf_counter_ns()
        while following < count or (len(self._free) < busy and self._elapsed_ns() < give_up_ns):
            now_ns = self._elapsed_ns()
            while following < count and due[following] <= now_ns:
                self._send(following)
                following += 1
            for fd, _ in self._poll.poll(0, _MOST_EVENTS):
                self._receive(self._by_fd[fd])
        return OpenLoopOutcome(
            self._due_ns,
            np.array(self._sent_ns, dtype=np.int64),
            np.array(self._done_ns, dtype=np.int64),
            np.array(self._status, dtype=np.int64),
            np.array(self._retry_after, dtype=np.int64),
        )

    def close(self) -> None:
        """Close every connection."""
        for connection in self._by_fd.values():
            connection.socket.close()
        self._poll.close()

    def _elapsed_ns(self) -> int:
        return perf_counter_ns() - self._start_ns

    def _open(self) -> None:
        connection = _Connection(self._port)
        self._by_fd[connection.fd] = connection
        self._poll.register(connection.fd, select.EPOLLIN)
        self._free.append(connection)

    def _send(self, request: int) -> None:
        if not self._free:
            self._status[request] = NO_CONNECTION
            return
        connection = self._free.pop()
        connection.request, connection.idle = request, False
        self._sent_ns[request] = self._elapsed_ns()
        try:
            sent = connection.socket.send(self._wire)
        except OSError:
            self._replace(connection)
            return
        if sent != len(self._wire):
            # One request at a time is in the socket's buffer, which is larger than that.
            raise LoadTestError("a request does not fit into a socket's buffer")

    def _receive(self, connection: _Connection) -> None:
        try:
            chunk = connection.socket.recv(_MOST_BYTES)
        except OSError:
            chunk = b""
        if not chunk:
            self._replace(connection)
            return
        if connection.request < 0:
            raise LoadTestError(f"an answer without a request: {chunk[:100]!r}")
        connection.received += chunk
        self._finish(connection)

    def _finish(self, connection: _Connection) -> None:
        """Note an answer once it is complete."""
        received = connection.received
        end = received.find(b"\r\n\r\n")
        if end < 0:
            return
        head = received[:end]
        length = _LENGTH.search(head)
        if length is None:
            raise LoadTestError(f"an answer without Content-Length: {head[:200]!r}")
        if len(received) < end + 4 + int(length.group(1)):
            return
        request, connection.request, connection.received = connection.request, -1, b""
        self._done_ns[request] = self._elapsed_ns()
        self._status[request] = int(head[9:12])
        self._retry_after[request] = 1 if _RETRY.search(head) else 0
        if _CLOSE.search(head):
            self._replace(connection)
        else:
            connection.idle = True
            self._free.append(connection)

    def _replace(self, connection: _Connection) -> None:
        """Open a connection in place of one that ended."""
        if connection.request >= 0:
            self._status[connection.request] = BROKEN
            self._done_ns[connection.request] = self._elapsed_ns()
        elif connection.idle:
            self._free.remove(connection)
        self._poll.unregister(connection.fd)
        del self._by_fd[connection.fd]
        connection.socket.close()
        self._open()


def main(order_file: str, outcome_file: str) -> None:
    """Carry out an order."""
    loop = OpenLoop(OpenLoopOrder(**json.loads(Path(order_file).read_text())))
    gc.disable()
    try:
        outcome = loop.run()
    finally:
        loop.close()
    np.savez(outcome_file, **asdict(outcome))


if __name__ == "__main__":
    main(*sys.argv[1:])
