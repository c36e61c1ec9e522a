"""Messages between a supervisor and a worker, over a pair of sockets that only they have.

A message is its length in four bytes and the pickled object. Both ends are processes of one
program and one user; nothing that comes from a client is ever unpickled.
"""

from __future__ import annotations

import asyncio
import pickle
import socket
import struct
from collections.abc import Sequence
from typing import Self, cast

from serve.workers.control_messages import Message

_HEAD = struct.Struct("=I")


class ControlChannel:
    """One end, on an event loop.

    Parameters
    ----------
    reader, writer
        The socket's streams; see `open`.
    """

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader = reader
        self._writer = writer

    @classmethod
    async def open(cls, control: socket.socket) -> Self:
        """Take an end over from its socket."""
        return cls(*await asyncio.open_unix_connection(sock=control))

    def send(self, message: Message) -> None:
        """Send a message; one to somebody who has died is lost."""
        if not self._writer.is_closing():
            self._writer.write(_frame(message))

    async def receive(self) -> Message | None:
        """Return the next message; None when the other end is closed."""
        try:
            (size,) = _HEAD.unpack(await self._reader.readexactly(_HEAD.size))
            content = await self._reader.readexactly(size)
        except (asyncio.IncompleteReadError, ConnectionError):
            return None
        return _message(content)

    def close(self) -> None:
        """Close this end."""
        self._writer.close()


def send_now(control: socket.socket, message: Message, fds: Sequence[int] = ()) -> None:
    """Send a message without an event loop, and copies of file descriptors with it."""
    frame = _frame(message)
    # Descriptors travel with the first byte.
    sent = socket.send_fds(control, [frame], list(fds))
    control.sendall(frame[sent:])


def receive_now(control: socket.socket, most_fds: int = 0) -> tuple[Message | None, list[int]]:
    """Wait for a message without an event loop.

    Returns
    -------
    message : Message or None
        None when the other end is closed.
    fds : list of int
        The descriptors that came with it.
    """
    head, fds, _, _ = socket.recv_fds(control, _HEAD.size, most_fds, socket.MSG_WAITALL)
    if len(head) < _HEAD.size:
        return None, fds
    (size,) = _HEAD.unpack(head)
    content = control.recv(size, socket.MSG_WAITALL)
    return (_message(content) if len(content) == size else None), fds


def _frame(message: Message) -> bytes:
    content = pickle.dumps(message, pickle.HIGHEST_PROTOCOL)
    return _HEAD.pack(len(content)) + content


def _message(content: bytes) -> Message:
    return cast(Message, pickle.loads(content))  # noqa: S301 - see above
