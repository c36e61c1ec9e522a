"""The access log: one JSON object a line for each answer, off unless it is asked for."""

from __future__ import annotations

import time
from dataclasses import dataclass
from io import FileIO

import orjson

# Of the longest, whose every byte may take three, a line of 4 KiB holds this much.
_LONGEST_URL = 1_000


@dataclass(frozen=True, slots=True)
class AccessEntry:
    """What was asked and what was answered.

    Attributes
    ----------
    client : object
        The client's address and port.
    method : str
        The request's method.
    url : bytes
        The request's path and query, as they came.
    status : int
        The answer's status; 0 where none was sent.
    took_ns : int
        From the headers' end to the answer.
    sent_bytes : int
        The length of the answer's body.
    """

    client: object
    method: str
    url: bytes
    status: int
    took_ns: int
    sent_bytes: int


class AccessLog:
    """Writes what was asked and what was answered; never a body, never a key.

    Each line is written at once and in one piece, and is shorter than what a pipe takes in one
    piece (4 KiB): those of several processes that write to one place do not mix.

    Parameters
    ----------
    stream : FileIO
        Where lines go; where it is a file, opened to append.
    """

    __slots__ = ("_stream",)

    def __init__(self, stream: FileIO) -> None:
        self._stream = stream

    def note(self, entry: AccessEntry) -> None:
        """Write one line."""
        line = {
            "time": time.time(),
            "client": entry.client,
            "method": entry.method,
            "url": entry.url[:_LONGEST_URL].decode("ascii", "replace"),
            "status": entry.status,
            "took_us": entry.took_ns // 1_000,
            "sent_bytes": entry.sent_bytes,
        }
        self._stream.write(orjson.dumps(line, option=orjson.OPT_APPEND_NEWLINE))
