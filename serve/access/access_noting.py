"""Middleware that notes every answer of the application in the access log."""

from __future__ import annotations

from time import perf_counter_ns

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from serve.access.access_log import AccessEntry, AccessLog


class AccessNoting:
    """Plain ASGI middleware, the outermost.

    Parameters
    ----------
    app : ASGIApp
        The application.
    log : AccessLog
        Where answers are noted.
    """

    def __init__(self, app: ASGIApp, log: AccessLog) -> None:
        self._app = app
        self._log = log

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Hand a request on, and note what became of it."""
        begun_ns = perf_counter_ns()
        status, sent_bytes = 0, 0

        async def send_noted(message: Message) -> None:
            nonlocal status, sent_bytes
            if message["type"] == "http.response.start":
                status = message["status"]
            else:
                sent_bytes += len(message.get("body", b""))
            await send(message)

        try:
            await self._app(scope, receive, send_noted)
        finally:
            took_ns = perf_counter_ns() - begun_ns
            url = scope["raw_path"]
            if scope["query_string"]:
                url += b"?" + scope["query_string"]
            self._log.note(
                AccessEntry(scope["client"], scope["method"], url, status, took_ns, sent_bytes)
            )
