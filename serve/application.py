"""The FastAPI application."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fastapi import FastAPI
from fastapi.routing import APIRoute
from starlette.middleware import Middleware

from serve.error_response import ERROR_HANDLERS
from serve.infer_endpoint import InferEndpoint, InferShortcut
from serve.metadata_routes import router, server_version
from serve.protocol import ErrorBody, InferRequestBody, InferResponseBody
from serve.served_models import ServedModels

_BINARY_BODY = {
    "requestBody": {
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
    }
}
_INFER_ERRORS: dict[int | str, dict[str, Any]] = {
    400: {"model": ErrorBody, "description": "not the protocol, or does not fit the model"},
    404: {"model": ErrorBody, "description": "no such model or version"},
    415: {"model": ErrorBody, "description": "a compressed body"},
    503: {"model": ErrorBody, "description": "loading"},
}


def create_application(served: ServedModels) -> FastAPI:
    """Make the application.

    Parameters
    ----------
    served : ServedModels
        The models it answers for; they may be published later.
    """
    endpoint = InferEndpoint(served)
    app = FastAPI(
        title="perbillion",
        version=server_version(),
        description="Open Inference Protocol v2 over ONNX Runtime.",
        redoc_url=None,
        redirect_slashes=False,
        # Looked at anew in every request otherwise, whether anybody listens or not.
        telemetry={"tracing": False, "metrics": False, "logs": False},
        exception_handlers=ERROR_HANDLERS,
        middleware=[Middleware(InferShortcut, endpoint=endpoint, served=served)],
    )
    app.state.served = served
    app.include_router(router)
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
