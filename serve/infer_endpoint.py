"""The infer endpoint: plain ASGI, so that HTTP costs as little as it can in Python.

FastAPI's own route would read the body in pieces, build a request object and validate with
pydantic: work that the answer does not need. Routing and FastAPI's middleware are
passed by too: `InferShortcut` looks at the path alone. All arms of an experiment take the
same way, one route and one lookup, so none of it differs between them.
"""

from __future__ import annotations

from time import thread_time_ns

from starlette.types import ASGIApp, Receive, Scope, Send

from contract.errors import InvalidRequestError, RequestError, UnsupportedMediaError
from contract.server_timing import REQUEST_HEADER, RESPONSE_HEADER, ServerTiming
from serve.error_response import error_body, status_of
from serve.infer_handler import TimedAnswer, handle_infer
from serve.infer_request import JSON_LENGTH_HEADER
from serve.model import LoadedModel
from serve.served_models import ServedModels

Headers = list[tuple[bytes, bytes]]

_JSON_LENGTH = JSON_LENGTH_HEADER.lower().encode()
_TIMING_WANTED = REQUEST_HEADER.lower().encode()
_TIMING = RESPONSE_HEADER.lower().encode()
_JSON = (b"content-type", b"application/json")
_BINARY = (b"content-type", b"application/octet-stream")
# More digits cannot be the length of a body, and int() refuses very many.
_MOST_DIGITS = 15


class InferEndpoint:
    """Answers ``POST /v2/models/{model}[/versions/{version}]/infer``.

    With the request header ``X-Server-Timing: 1`` the answer carries ``Server-Timing``.

    Parameters
    ----------
    served : ServedModels
        The models.
    """

    def __init__(self, served: ServedModels) -> None:
        self._served = served

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one request; errors of ours become the protocol's."""
        # The first thing of all: from here to the next request's reading is this request's.
        thread_cpu_ns = thread_time_ns()
        try:
            headers = dict(scope["headers"])
            model = self._model(scope)
            json_bytes = _json_bytes(headers)
            body = await _read(receive)
            if body is None:
                return
            timed = handle_infer(model, body, json_bytes)
        except RequestError as error:
            await _send(send, status_of(error), error_body(str(error)), [_JSON])
            return
        answer_headers: Headers = [_BINARY if timed.answer.json_bytes else _JSON]
        if timed.answer.json_bytes is not None:
            answer_headers.append((_JSON_LENGTH, b"%d" % timed.answer.json_bytes))
        if headers.get(_TIMING_WANTED) == b"1":
            answer_headers.append((_TIMING, _timing_header(timed, thread_cpu_ns)))
        await _send(send, 200, timed.answer.body, answer_headers)

    def _model(self, scope: Scope) -> LoadedModel:
        model = self._served.by_infer_path.get(scope["path"])
        if model is not None:
            return model
        named = scope.get("path_params", {})
        return self._served.find(named.get("model", ""), named.get("version"))


class InferShortcut:
    """Middleware that takes infer requests straight to their endpoint.

    The endpoint is a route of the application as well. Whatever names no model, or is no
    POST, goes on to the router, which knows what to say.

    Parameters
    ----------
    app : ASGIApp
        The rest of the application.
    endpoint : InferEndpoint
        Where infer requests go.
    served : ServedModels
        The models.
    """

    def __init__(self, app: ASGIApp, endpoint: InferEndpoint, served: ServedModels) -> None:
        self._app = app
        self._endpoint = endpoint
        self._paths = served.by_infer_path

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on."""
        if scope.get("path") in self._paths and scope.get("method") == "POST":
            await self._endpoint(scope, receive, send)
        else:
            await self._app(scope, receive, send)


def _json_bytes(headers: dict[bytes, bytes]) -> int | None:
    """Return the length of the body's JSON part; None without the header."""
    if headers.get(b"content-encoding", b"identity") != b"identity":
        raise UnsupportedMediaError(
            "compressed bodies are not read", where="Content-Encoding", remedy="send it as it is"
        )
    value = headers.get(_JSON_LENGTH)
    if value is None:
        return None
    if not value.isdigit() or len(value) > _MOST_DIGITS:
        raise InvalidRequestError("must be a length in bytes", where=JSON_LENGTH_HEADER)
    return int(value)


async def _read(receive: Receive) -> bytes | None:
    """Return the whole body; None if the client went away before it had sent it."""
    chunks: list[bytes] = []
    while True:
        message = await receive()
        if message["type"] == "http.disconnect":
            return None
        chunk: bytes = message.get("body", b"")
        if not message.get("more_body", False):
            return b"".join([*chunks, chunk]) if chunks else chunk
        chunks.append(chunk)


async def _send(send: Send, status: int, body: bytes, headers: Headers) -> None:
    headers.append((b"content-length", b"%d" % len(body)))
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": body})


def _timing_header(timed: TimedAnswer, thread_cpu_ns: int) -> bytes:
    timing = ServerTiming(timed.decode_ns, timed.infer_ns, timed.encode_ns, thread_cpu_ns)
    return timing.header().encode()
