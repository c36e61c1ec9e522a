"""Connections to one server, each with one request in flight at most."""

from __future__ import annotations

import select
import socket
from time import perf_counter_ns
from types import TracebackType
from typing import NamedTuple, Self

from contract.errors import LoadTestError
from loadtest.wire.http_bytes import AnswerHead

BROKEN = -2
"""The status of a request whose connection ended before the answer."""

Address = tuple[str, int]

_CONNECT_SECONDS = 5.0
_MOST_BYTES = 65_536


class Answer(NamedTuple):
    """What became of a request.

    Attributes
    ----------
    request : int
        The number it was sent under.
    status : int
        The HTTP status, or `BROKEN`.
    done_ns : int
        When it was complete, on ``time.perf_counter_ns``.
    retry_after : bool
        Whether it carried ``Retry-After``.
    """

    request: int
    status: int
    done_ns: int
    retry_after: bool


class ConnectionPool:
    """Sends prepared bytes and takes answers in, with as little work of its own as it can.

    As a context manager it closes its connections when the block is left. A connection that
    ends is replaced by another.

    Parameters
    ----------
    address : (str, int)
        Host and port of the server.
    connections : int
        How many.

    Raises
    ------
    LoadTestError
        If the server cannot be connected to.
    """

    def __init__(self, address: Address, connections: int) -> None:
        self._address = address
        self._poll = select.epoll()
        self._by_fd: dict[int, _Connection] = {}
        self._free: list[_Connection] = []
        self._broken: list[Answer] = []
        try:
            for _ in range(connections):
                self._open()
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    @property
    def free(self) -> int:
        """How many connections carry no request."""
        return len(self._free)

    @property
    def in_flight(self) -> bool:
        """Whether an answer is still to come."""
        return len(self._free) < len(self._by_fd) or bool(self._broken)

    def send(self, wire: bytes, request: int) -> None:
        """Send a request over a connection that is free; there must be one.

        Parameters
        ----------
        wire : bytes
            The request.
        request : int
            Its number, which its answer will bear.

        Raises
        ------
        LoadTestError
            If the server does not take it, or no connection.
        """
        connection = self._free.pop()
        connection.request = request
        try:
            sent = connection.socket.send(wire)
        except OSError:
            self._replace(connection)
            return
        if sent != len(wire):
            # One request at a time is in the socket's buffer, which is larger than that.
            raise LoadTestError(
                f"a request of {len(wire)} bytes does not fit into a socket's buffer",
                where=self._where,
            )

    def answers(self, most: int) -> list[Answer]:
        """Return what has come in by now, at most so many; does not wait.

        Raises
        ------
        LoadTestError
            If the server sends what is no answer to a request, or takes no connection.
        """
        taken, self._broken = self._broken, []
        for fd, _ in self._poll.poll(0, most):
            answer = self._receive(self._by_fd[fd])
            if answer is not None:
                taken.append(answer)
        return taken

    def close(self) -> None:
        """Close every connection."""
        for connection in self._by_fd.values():
            connection.socket.close()
        self._poll.close()

    @property
    def _where(self) -> str:
        host, port = self._address
        return f"http://{host}:{port}"

    def _open(self) -> None:
        try:
            connection = _Connection(self._address)
        except OSError as error:
            raise LoadTestError(
                f"the server takes no connection: {error.strerror or error}", where=self._where
            ) from error
        self._by_fd[connection.fd] = connection
        self._poll.register(connection.fd, select.EPOLLIN)
        self._free.append(connection)

    def _receive(self, connection: _Connection) -> Answer | None:
        try:
            chunk = connection.socket.recv(_MOST_BYTES)
        except OSError:
            chunk = b""
        if not chunk:
            self._replace(connection)
            return self._broken.pop() if self._broken else None
        if connection.request < 0:
            raise LoadTestError(f"an answer without a request: {chunk[:100]!r}", where=self._where)
        connection.received += chunk
        head = AnswerHead.of(connection.received)
        if head is None or len(connection.received) < head.total_bytes:
            return None
        answer = Answer(connection.request, head.status, perf_counter_ns(), head.retry_after)
        connection.request, connection.received = -1, b""
        self._free.append(connection)
        if head.closes:
            self._replace(connection)
        return answer

    def _replace(self, connection: _Connection) -> None:
        """Open a connection in place of one that ended; its request, if any, is broken."""
        if connection.request >= 0:
            self._broken.append(
                Answer(connection.request, BROKEN, perf_counter_ns(), retry_after=False)
            )
        else:
            self._free.remove(connection)
        self._poll.unregister(connection.fd)
        del self._by_fd[connection.fd]
        connection.socket.close()
        self._open()


class _Connection:
    """A connection and the request it carries; -1 for none."""

    def __init__(self, address: Address) -> None:
        self.socket = socket.create_connection(address, _CONNECT_SECONDS)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.socket.settimeout(0)
        self.fd = self.socket.fileno()
        self.request = -1
        self.received = b""
