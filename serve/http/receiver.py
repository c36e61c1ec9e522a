"""Receives a connection's bytes: large bodies straight into the memory the model reads.

A protocol that is handed bytes gets a copy of what the kernel gave, the parser makes a second
one of each piece, and gathering makes a third. For 256 rows of 784 floats, 800 kB, that costs
more than the inference. Here the kernel writes large bodies where their tensors are read.
"""

from __future__ import annotations

import asyncio
from typing import Protocol, cast

# Enough for a request of some rows in one piece, and little enough to stay in the cache. One
# serves all connections: what is read is parsed before anything else is read.
_SHARED = memoryview(bytearray(64 * 1024))


class Connection(Protocol):
    """Who a connection's bytes are for."""

    def connection_made(self, transport: asyncio.Transport) -> None:
        """Begin."""

    def connection_lost(self, exc: Exception | None) -> None:
        """Clean up."""

    def eof_received(self) -> bool | None:
        """Take note that no more bytes come."""

    def pause_writing(self) -> None:
        """Write no more for now."""

    def resume_writing(self) -> None:
        """Write again."""

    def data_received(self, data: memoryview) -> None:
        """Read bytes, before this returns."""

    def body_memory_wanted(self) -> memoryview | None:
        """Return where the next bytes of a large body go; None if no such body is awaited."""

    def body_received(self, size: int) -> None:
        """Take note of bytes that were written there."""


class Receiver(asyncio.BufferedProtocol):
    """Stands between a transport and its connection.

    Parameters
    ----------
    connection : Connection
        Whom the bytes are for.
    """

    def __init__(self, connection: Connection) -> None:
        self._connection = connection
        self._body: memoryview | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Hand on."""
        # uvloop's transports are asyncio's in all but name.
        self._connection.connection_made(cast(asyncio.Transport, transport))

    def get_buffer(self, sizehint: int) -> memoryview:  # noqa: ARG002 - the interface's
        """Lend the memory that the kernel writes to: of a body, never more than it has."""
        self._body = self._connection.body_memory_wanted()
        return _SHARED if self._body is None else self._body

    def buffer_updated(self, nbytes: int) -> None:
        """Hand on what was written."""
        if self._body is None:
            self._connection.data_received(_SHARED[:nbytes])
        else:
            self._body = None
            self._connection.body_received(nbytes)

    def eof_received(self) -> bool | None:
        """Hand on."""
        return self._connection.eof_received()

    def connection_lost(self, exc: Exception | None) -> None:
        """Hand on."""
        self._connection.connection_lost(exc)

    def pause_writing(self) -> None:
        """Hand on."""
        self._connection.pause_writing()

    def resume_writing(self) -> None:
        """Hand on."""
        self._connection.resume_writing()
