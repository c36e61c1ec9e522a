"""One HTTP request and its answer, as data."""

from __future__ import annotations

import http.client
from collections.abc import Mapping
from dataclasses import dataclass, field

from loadtest.wire.http_bytes import request_bytes


@dataclass(frozen=True, slots=True)
class HttpRequest:
    """A request that is sent again and again.

    Attributes
    ----------
    method, path : str
        Such as ``POST`` and ``/v2/models/mlp/infer``.
    headers : mapping of str to str
        Beside ``Host`` and ``Content-Length``.
    body : bytes
        Empty for a GET.
    """

    method: str
    path: str
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b""

    def wire(self, port: int) -> bytes:
        """Return the bytes that go over the connection to a port of the loopback interface."""
        host = f"127.0.0.1:{port}"
        return request_bytes(self.method, self.path, host, self.headers, self.body)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """An answer; the names of its headers are in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


def ask(port: int, request: HttpRequest, timeout_seconds: float = 10.0) -> HttpAnswer:
    """Send a request to a port of the loopback interface, over a connection of its own.

    Raises
    ------
    OSError
        If nobody listens, or no answer comes in time.
    http.client.HTTPException
        If what comes is no HTTP.
    """
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=timeout_seconds)
    try:
        connection.request(request.method, request.path, request.body or None, request.headers)
        response = connection.getresponse()
        headers = {name.lower(): value for name, value in response.getheaders()}
        return HttpAnswer(response.status, headers, response.read())
    finally:
        connection.close()
