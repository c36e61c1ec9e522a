"""The gate before the application: the access rules for every request that reaches FastAPI."""

from __future__ import annotations

from starlette.types import ASGIApp, Message, Receive, Scope, Send

from contract.errors import RequestError
from serve.access.access import OPEN_TO_ALL, AccessRules
from serve.http.error_response import error_body, error_headers, status_of

_WITHOUT_BODY = frozenset({"GET", "HEAD", "OPTIONS"})
# Where no header tells a foreign page's GET (an image or a script, over plain HTTP on a
# network), the browser itself keeps the answer from the page.
_FOR_NO_OTHER_PAGE = (
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-content-type-options", b"nosniff"),
)


class AccessGate:
    """Middleware, plain ASGI: refuses with the protocol's error or hands a request on.

    Requests that the HTTP protocol answers itself do not come here; it asks the same rules.

    Parameters
    ----------
    app : ASGIApp
        The application.
    rules : AccessRules
        Who may come in.
    """

    def __init__(self, app: ASGIApp, rules: AccessRules) -> None:
        self._app = app
        self._rules = rules

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Check one request by its headers, before a byte of its body is read."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], *_FOR_NO_OTHER_PAGE]
            await send(message)

        try:
            self._rules.check(
                dict(scope["headers"]),
                with_body=scope["method"] not in _WITHOUT_BODY,
                open_to_all=scope["path"] in OPEN_TO_ALL,
            )
        except RequestError as error:
            await _refuse(send_guarded, error)
            return
        await self._app(scope, receive, send_guarded)


async def _refuse(send: Send, error: RequestError) -> None:
    body = error_body(str(error))
    headers = [*error_headers(error), (b"content-length", b"%d" % len(body))]
    await send({"type": "http.response.start", "status": status_of(error), "headers": headers})
    await send({"type": "http.response.body", "body": body})
