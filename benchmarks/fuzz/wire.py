"""Real sockets: requests out, answers in, read strictly by a reader that is not the server's."""

from __future__ import annotations

import socket
from collections.abc import Sequence
from contextlib import suppress
from types import TracebackType
from typing import Self

from benchmarks.fuzz.exchange import Answer, Exchange, FindingError, Stream

# The server's own limits on a client's pace are set far below (`fuzz.server`): whoever is
# silent for as long as this hangs.
_SILENCE_SECONDS = 20.0
_READ_BYTES = 1 << 18
_MOST_HEAD_BYTES = 1 << 16


class Wire:
    """Asks one server, over a connection that is kept as long as the server keeps it.

    Parameters
    ----------
    port : int
        Where it listens, on the loopback.
    """

    def __init__(self, port: int) -> None:
        self._address = ("127.0.0.1", port)
        self.host = b"127.0.0.1:%d" % port
        self._kept: _Connection | None = None

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the connection that is kept."""
        if self._kept is not None:
            self._kept.close()
            self._kept = None

    def ask(self, exchange: Exchange) -> Answer:
        """Send one request, and read its answer.

        Raises
        ------
        FindingError
            If no answer comes, or it is no HTTP.
        """
        connection = self._kept or _Connection(self._address)
        self._kept = None
        keep = False
        try:
            connection.send([exchange.wire(self.host)])
            answer = connection.read(exchange.method)
            if answer is None:
                raise FindingError("the connection ended without an answer")
            keep = answer.headers.get("connection", "").lower() != "close"
        finally:
            if keep:
                self._kept = connection
            else:
                connection.close()
        return answer

    def ask_at_once(self, exchanges: Sequence[Exchange]) -> list[Answer]:
        """Send requests over connections of their own before the first answer is read.

        Raises
        ------
        FindingError
            As `ask` does.
        """
        connections = [_Connection(self._address) for _ in exchanges]
        try:
            for connection, exchange in zip(connections, exchanges, strict=True):
                connection.send([exchange.wire(self.host)])
            answers = [
                connection.read(exchange.method)
                for connection, exchange in zip(connections, exchanges, strict=True)
            ]
        finally:
            for connection in connections:
                connection.close()
        if None in answers:
            raise FindingError("a connection ended without an answer")
        return [answer for answer in answers if answer is not None]

    def pour(self, stream: Stream) -> list[Answer]:
        """Send bytes over a connection of their own and read all that comes back.

        The connection's end is sent when the answers are there that must come, and otherwise
        at once: to a server it may mean that nobody waits for what is still under way.

        Raises
        ------
        FindingError
            If what comes is no HTTP, or the server neither answers nor closes.
        """
        connection = _Connection(self._address)
        try:
            connection.send(stream.pieces)
            answers: list[Answer] = []
            methods = iter(stream.methods)
            while True:
                if len(answers) == len(stream.expected):
                    connection.finish()
                answer = connection.read(next(methods, b"GET"))
                if answer is None:
                    return answers
                answers.append(answer)
        finally:
            connection.close()


class _Connection:
    """One connection and what has been read of it."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._socket = socket.create_connection(address, timeout=_SILENCE_SECONDS)
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._unread = bytearray()

    def close(self) -> None:
        self._socket.close()

    def send(self, pieces: Sequence[bytes]) -> None:
        try:
            for piece in pieces:
                self._socket.sendall(piece)
        except (BrokenPipeError, ConnectionResetError):
            pass  # refused before it was all there: the answer says why
        except TimeoutError as error:
            raise FindingError("the server does not read") from error

    def finish(self) -> None:
        with suppress(OSError):  # the server has closed already
            self._socket.shutdown(socket.SHUT_WR)

    def read(self, method: bytes) -> Answer | None:
        """Return the next answer; None where the connection ends before it begins."""
        while True:
            head = self._read_head()
            if head is None:
                return None
            status, headers = _parsed(head)
            if status >= 200:
                break
        if method == b"HEAD" or status in (204, 304):
            self._forgive_a_body(headers)
            return Answer(status, headers, b"", to_head=method == b"HEAD")
        length = headers.get("content-length", "")
        if not length.isdecimal():
            raise FindingError(f"an answer without a length: {head[:200]!r}")
        while len(self._unread) < int(length):
            if not self._receive():
                raise FindingError(f"an answer ends before its length: {head[:200]!r}")
        body = bytes(self._unread[: int(length)])
        del self._unread[: int(length)]
        return Answer(status, headers, body, to_head=False)

    def _forgive_a_body(self, headers: dict[str, str]) -> None:
        """Skip what follows an answer to HEAD, if the connection ends with it.

        What is no HTTP is refused with a body: a server need not know that it was a HEAD.
        """
        if headers.get("connection", "").lower() == "close":
            while self._receive():
                pass
            self._unread.clear()

    def _read_head(self) -> bytes | None:
        while (end := self._unread.find(b"\r\n\r\n")) < 0:
            if len(self._unread) > _MOST_HEAD_BYTES:
                raise FindingError("an answer's headers do not end")
            if not self._receive():
                if self._unread:
                    raise FindingError(f"half an answer: {bytes(self._unread[:200])!r}")
                return None
        head = bytes(self._unread[:end])
        del self._unread[: end + 4]
        return head

    def _receive(self) -> bool:
        try:
            received = self._socket.recv(_READ_BYTES)
        except ConnectionResetError:
            return False
        except TimeoutError as error:
            raise FindingError("the server neither answers nor closes") from error
        self._unread += received
        return bool(received)


def _parsed(head: bytes) -> tuple[int, dict[str, str]]:
    status_line, *lines = head.split(b"\r\n")
    words = status_line.split(b" ", 2)
    if len(words) != 3 or words[0] != b"HTTP/1.1" or not words[1].isdigit() or len(words[1]) != 3:
        raise FindingError(f"no status line: {head[:200]!r}")
    headers: dict[str, str] = {}
    for line in lines:
        name, colon, value = line.partition(b":")
        if not colon or not name or name.strip() != name:
            raise FindingError(f"no header: {line!r}")
        headers[name.decode("latin-1").lower()] = value.strip().decode("latin-1")
    return int(words[1]), headers
