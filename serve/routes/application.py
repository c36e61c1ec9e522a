"""The FastAPI application."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.middleware import Middleware

from serve.access.access_gate import AccessGate
from serve.access.access_noting import AccessNoting
from serve.http.error_response import ERROR_HANDLERS
from serve.http.infer_endpoint import InferEndpoint
from serve.routes import (
    docs_page,
    metadata_routes,
    metrics_routes,
    repository_routes,
    statistics_routes,
)
from serve.routes.application_parts import ApplicationParts
from serve.routes.metadata_routes import server_version
from serve.routes.protocol import ErrorBody, InferRequestBody, InferResponseBody

_BINARY_BODY = {
    "requestBody": {
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    }
}
_INFER_ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorBody, "description": "not the protocol, or does not fit the model"},
    401: {"model": ErrorBody, "description": "no valid API key, where one is asked for"},
    403: {"model": ErrorBody, "description": "an unknown Host, or a page of another origin"},
    404: {"model": ErrorBody, "description": "no such model or version"},
    408: {"model": ErrorBody, "description": "the request came too slowly"},
    413: {"model": ErrorBody, "description": "body, rows or answer beyond the limits"},
    415: {"model": ErrorBody, "description": "a compressed body, or of another content type"},
    503: {"model": ErrorBody, "description": "loading, or overloaded: see Retry-After"},
    504: {"model": ErrorBody, "description": "waited in the queue beyond its deadline"},
}


def create_application(parts: ApplicationParts) -> FastAPI:
    """Make the application.

    Parameters
    ----------
    parts : ApplicationParts
        What it answers from; models may be published later.
    """
    entrance = parts.entrance
    middleware = [Middleware(AccessGate, rules=entrance.access)]
    if entrance.access_log is not None:
        middleware.insert(0, Middleware(AccessNoting, log=entrance.access_log))
    app = FastAPI(
        title="perbillion",
        version=server_version(),
        description="Open Inference Protocol v2 over ONNX Runtime.",
        # Its own page would load scripts from another host.
        docs_url=None,
        redoc_url=None,
        redirect_slashes=False,
        # Looked at anew in every request otherwise, whether anybody listens or not.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        exception_handlers=ERROR_HANDLERS,
        middleware=middleware,
    )
    app.state.parts = parts
    for routes in (
        statistics_routes,
        metadata_routes,
        repository_routes,
        metrics_routes,
        docs_page,
    ):
        app.include_router(routes.router)
    endpoint = InferEndpoint(entrance)
    path = "/v2/models/{model}"
    app.router.routes.append(_infer_route(f"{path}/infer", _infer, endpoint))
    app.router.routes.append(
        _infer_route(f"{path}/versions/{{version}}/infer", _infer_version, endpoint)
    )
    return app


def _infer_route(path: str, described: Callable[..., None], endpoint: InferEndpoint) -> APIRoute:
    """Describe an infer route to OpenAPI by a function's signature, and mount the endpoint."""
    route = APIRoute(
        path,
        described,
        methods=["POST"],
        name="infer",
        description=InferRequestBody.__doc__,
        tags=["inference"],
        response_model=InferResponseBody,
        responses=_INFER_ERRORS,
        openapi_extra=_BINARY_BODY,
    )
    # The endpoint in place of FastAPI's handler, which would read and validate the body.
    route.app = endpoint
    return route


def _infer(model: str, body: InferRequestBody) -> None:
    """Lend OpenAPI its signature."""


def _infer_version(model: str, version: str, body: InferRequestBody) -> None:
    """Lend OpenAPI its signature."""
