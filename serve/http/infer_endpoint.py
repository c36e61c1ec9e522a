"""The infer endpoint as plain ASGI: the application's route, for any ASGI server.

Under `serve.http.infer_protocol` most infer requests never come here. Those that do are of a form
that is rare (a chunked body, for example); they get the same answers from the same handler.
"""

from __future__ import annotations

from time import thread_time_ns

from starlette.types import Message, Receive, Scope, Send

from contract.errors import RequestError, TooLargeError
from contract.server_timing import REQUEST_HEADER
from serve.http.entrance import Entrance, json_length
from serve.http.error_response import error_body, error_headers, status_of
from serve.http.infer_answer_headers import answer_headers
from serve.models.infer_handler import TimedAnswer

_TIMING_WANTED = REQUEST_HEADER.lower().encode()


class InferEndpoint:
    """Answers ``POST /v2/models/{model}[/versions/{version}]/infer``.

    With the request header ``X-Server-Timing: 1`` the answer carries ``Server-Timing``.

    Parameters
    ----------
    entrance : Entrance
        What infer requests pass on their way in.
    """

    def __init__(self, entrance: Entrance) -> None:
        self._entrance = entrance

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; errors of ours become the protocol's."""
        cpu_clock_ns = thread_time_ns()
        headers = dict(scope["headers"])
        try:
            timed = await self._answer(scope, headers, receive)
        except RequestError as error:
            await _send(send, status_of(error), error_headers(error), error_body(str(error)))
            return
        if timed is not None:
            wanted = headers.get(_TIMING_WANTED) == b"1"
            answered = answer_headers(timed, cpu_clock_ns if wanted else None)
            await _send(send, 200, answered, timed.answer.body)

    async def _answer(
        self, scope: Scope, headers: dict[bytes, bytes], receive: Receive
    ) -> TimedAnswer | None:
        """Return the answer; None if the client went away before it had sent its request."""
        entrance = self._entrance
        named = scope["path_params"]
        served = entrance.served.find(named["model"], named.get("version"))
        announced = headers.get(b"content-length", b"0")
        body_bytes = int(announced) if announced.isdigit() else 0
        entrance.require_acceptable(headers, body_bytes)
        entrance.admission.enter(body_bytes)
        try:
            body = await _read(receive, entrance.limits.max_body_bytes)
            if body is None:
                return None
            begun = entrance.handler.begin(served, body, json_length(headers))
            return begun if isinstance(begun, TimedAnswer) else await begun
        finally:
            entrance.admission.leave(body_bytes)


async def _read(receive: Receive, max_bytes: int) -> bytes | bytearray | None:
    """Return the whole body; None if the client went away before it had sent it.

    Raises
    ------
    TooLargeError
        If it is longer than a body may be; the rest is not read.
    """
    message = await receive()
    if message["type"] == "http.disconnect":
        return None
    if not message.get("more_body", False):
        return _piece(message)
    body = bytearray(_piece(message))
    while True:
        if len(body) > max_bytes:
            raise TooLargeError(f"the body has more than the {max_bytes} bytes that are read")
        if not message.get("more_body", False):
            return body
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        body += _piece(message)


def _piece(message: Message) -> bytes:
    piece: bytes = message.get("body", b"")
    return piece


async def _send(send: Send, status: int, headers: list[tuple[bytes, bytes]], body: bytes) -> None:
    headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
