"""Answers as the bytes of HTTP/1.1, for those that do not go through ASGI."""

from __future__ import annotations

from collections.abc import Iterable
from http import HTTPStatus

Headers = Iterable[tuple[bytes, bytes]]

_STATUS_LINES = {
    status.value: f"HTTP/1.1 {status.value} {status.phrase}\r\n".encode() for status in HTTPStatus
}


def http_answer(status: int, headers: Headers, body: bytes, *, keep_alive: bool) -> bytes:
    """Return a whole answer.

    Parameters
    ----------
    status : int
        The status.
    headers : iterable of (bytes, bytes)
        Headers of ours, so they need no check; the body's length and the connection's end are
        added.
    body : bytes
        The body.
    keep_alive : bool
        Whether the connection stays open.
    """
    parts = [_STATUS_LINES[status]]
    for name, value in headers:
        parts += (name, b": ", value, b"\r\n")
    if not keep_alive:
        parts.append(b"connection: close\r\n")
    parts += (b"content-length: %d\r\n\r\n" % len(body), body)
    return b"".join(parts)
