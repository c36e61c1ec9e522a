"""HTTP/1.1 as the bytes of a connection: requests made beforehand, answers read in one look."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self

from contract.errors import LoadTestError

_END = b"\r\n\r\n"
_LENGTH = re.compile(rb"\r\ncontent-length: *(\d+)", re.IGNORECASE)
_CLOSE = re.compile(rb"\r\nconnection: *close", re.IGNORECASE)
_RETRY = re.compile(rb"\r\nretry-after: *\d", re.IGNORECASE)


def request_bytes(
    method: str, path: str, host: str, headers: Mapping[str, str], body: bytes = b""
) -> bytes:
    """Return a request as it goes over a connection.

    Parameters
    ----------
    method, path : str
        Such as ``POST`` and ``/v2/models/mlp/infer``.
    host : str
        The ``Host`` header, such as ``127.0.0.1:8000``.
    headers : mapping of str to str
        Beside ``Host`` and ``Content-Length``.
    body : bytes
        Empty: none, and no ``Content-Length``.
    """
    lines = [f"{method} {path} HTTP/1.1", f"Host: {host}"]
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join([*lines, "", ""]).encode() + body


@dataclass(frozen=True, slots=True)
class AnswerHead:
    """What a load generator needs of an answer.

    Attributes
    ----------
    status : int
        The HTTP status.
    total_bytes : int
        Length of the whole answer, head and body.
    closes : bool
        Whether the server closes the connection after it.
    retry_after : bool
        Whether it says when to try again.
    """

    status: int
    total_bytes: int
    closes: bool
    retry_after: bool

    @classmethod
    def of(cls, received: bytes) -> Self | None:
        """Read the head of an answer; None while it is not complete.

        Raises
        ------
        LoadTestError
            If the answer does not say how long it is.
        """
        end = received.find(_END)
        if end < 0:
            return None
        head = received[:end]
        length = _LENGTH.search(head)
        if length is None:
            raise LoadTestError(
                f"an answer without Content-Length: {head[:200]!r}",
                remedy="is this a server of perbillion?",
            )
        return cls(
            status=int(head[9:12]),
            total_bytes=end + len(_END) + int(length.group(1)),
            closes=_CLOSE.search(head) is not None,
            retry_after=_RETRY.search(head) is not None,
        )
