"""Errors as HTTP: each answers ``{"error": "..."}``, the protocol's shape, with its status."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from typing import Any

import orjson
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from contract.errors import (
    DeadlineError,
    ForbiddenError,
    InvalidRequestError,
    NotReadyError,
    OverloadedError,
    PerbillionError,
    TooLargeError,
    UnauthorizedError,
    UnknownModelError,
    UnsupportedMediaError,
)

_STATUS_OF: tuple[tuple[type[PerbillionError], int], ...] = (
    (InvalidRequestError, 400),
    (UnauthorizedError, 401),
    (ForbiddenError, 403),
    (UnknownModelError, 404),
    (TooLargeError, 413),
    (UnsupportedMediaError, 415),
    (NotReadyError, 503),
    (OverloadedError, 503),
    (DeadlineError, 504),
)
_INTERNAL = 500
INTERNAL_ERROR = "internal error; the server's log says more"

HeaderList = list[tuple[bytes, bytes]]
JSON_HEADERS: HeaderList = [(b"content-type", b"application/json")]
# A refusal is over in a moment, or another server has room: a second is the shortest time that
# the header can say.
RETRY_HEADERS: HeaderList = [(b"retry-after", b"1")]
_EXTRA_HEADERS: tuple[tuple[type[PerbillionError], HeaderList], ...] = (
    (OverloadedError, RETRY_HEADERS),
    (NotReadyError, RETRY_HEADERS),
    (UnauthorizedError, [(b"www-authenticate", b"Bearer")]),
)

ErrorHandler = Callable[[Request, Any], Coroutine[Any, Any, Response]]


def status_of(error: PerbillionError) -> int:
    """Return the HTTP status that an error of ours is answered with."""
    return next((code for kind, code in _STATUS_OF if isinstance(error, kind)), _INTERNAL)


def error_headers(error: PerbillionError) -> HeaderList:
    """Return the headers that an error of ours is answered with, beside the body's length."""
    extra = next((headers for kind, headers in _EXTRA_HEADERS if isinstance(error, kind)), [])
    return JSON_HEADERS + extra


def error_body(message: str) -> bytes:
    """Return the body that tells of an error."""
    return orjson.dumps({"error": message})


async def _ours(_request: Request, error: PerbillionError) -> Response:
    headers = {name.decode(): value.decode() for name, value in error_headers(error)}
    return _response(str(error), status_of(error), headers)


async def _of_starlette(_request: Request, error: HTTPException) -> Response:
    # 404 and 405; `Allow` comes with the latter.
    return _response(error.detail, error.status_code, dict(error.headers or {}))


async def _of_fastapi(_request: Request, error: RequestValidationError) -> Response:
    problems = "; ".join(
        f"{'.'.join(str(part) for part in problem['loc'])}: {problem['msg']}"
        for problem in error.errors()
    )
    return _response(problems, 422)


async def _unforeseen(_request: Request, _error: Exception) -> Response:
    # Starlette raises it again, so that it is logged; a client learns nothing of our inside.
    return _response(INTERNAL_ERROR, _INTERNAL)


def _response(message: str, status: int, headers: dict[str, str] | None = None) -> Response:
    return Response(error_body(message), status, headers, media_type="application/json")


ERROR_HANDLERS: dict[int | type[Exception], ErrorHandler] = {
    PerbillionError: _ours,
    HTTPException: _of_starlette,
    RequestValidationError: _of_fastapi,
    Exception: _unforeseen,
}
