"""Health and metadata: ordinary FastAPI routes, since nobody waits for them."""

from __future__ import annotations

from importlib import metadata
from typing import Annotated

from fastapi import APIRouter, Depends, Request

from serve.protocol import (
    PLATFORM,
    ErrorBody,
    LiveBody,
    ModelBody,
    ModelReadyBody,
    ReadyBody,
    ServerBody,
)
from serve.served_models import ServedModels

SERVER_NAME = "perbillion"
EXTENSIONS = ("binary_tensor_data",)

router = APIRouter(
    responses={
        404: {"model": ErrorBody, "description": "no such model or version"},
        503: {"model": ErrorBody, "description": "loading, or shutting down"},
    }
)


async def _served_models(request: Request) -> ServedModels:
    served: ServedModels = request.app.state.served
    return served


Served = Annotated[ServedModels, Depends(_served_models)]


def server_version() -> str:
    """Return the version of perbillion that is installed."""
    try:
        return metadata.version(SERVER_NAME)
    except metadata.PackageNotFoundError:
        return "not installed"


@router.get("/v2/health/live", tags=["health"])
async def live() -> LiveBody:
    """Tell that the process runs."""
    return LiveBody()


@router.get("/v2/health/ready", tags=["health"])
async def ready(served: Served) -> ReadyBody:
    """Tell whether every model is loaded and warm; 503 while loading and shutting down."""
    served.require_ready()
    return ReadyBody()


@router.get("/v2/models/{model}/ready", tags=["health"])
@router.get("/v2/models/{model}/versions/{version}/ready", tags=["health"])
async def model_ready(served: Served, model: str, version: str | None = None) -> ModelReadyBody:
    """Tell whether a model may be asked."""
    found = served.find(model, version)
    served.require_ready()
    return ModelReadyBody(name=found.identity.name)


@router.get("/v2", tags=["metadata"])
@router.get("/v2/", include_in_schema=False)
async def server() -> ServerBody:
    """Tell what this server is."""
    return ServerBody(name=SERVER_NAME, version=server_version(), extensions=EXTENSIONS)


@router.get("/v2/models/{model}", tags=["metadata"])
@router.get("/v2/models/{model}/versions/{version}", tags=["metadata"])
async def model_metadata(served: Served, model: str, version: str | None = None) -> ModelBody:
    """Tell what a model takes and gives."""
    found = served.find(model, version)
    return ModelBody(
        name=found.identity.name,
        versions=served.versions(model),
        platform=PLATFORM,
        inputs=tuple(found.signature.inputs.values()),
        outputs=tuple(found.signature.outputs.values()),
    )
