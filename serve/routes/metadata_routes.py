"""Health and metadata: ordinary FastAPI routes, since nobody waits for them."""

from __future__ import annotations

from importlib import metadata

from fastapi import APIRouter

from serve.models.served_model import ServedModel
from serve.routes.application_parts import Parts
from serve.routes.protocol import (
    PLATFORM,
    ErrorBody,
    ExecutionBody,
    LiveBody,
    ModelBody,
    ModelReadyBody,
    ReadyBody,
    ServerBody,
)

_NS_PER_US = 1_000
SERVER_NAME = "perbillion"
EXTENSIONS = ("binary_tensor_data", "model_configuration", "model_repository", "statistics")

router = APIRouter(
    responses={
        404: {"model": ErrorBody, "description": "no such model or version"},
        503: {"model": ErrorBody, "description": "loading, or shutting down"},
    }
)


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
async def ready(parts: Parts) -> ReadyBody:
    """Tell whether every model is loaded and warm; 503 while loading and shutting down."""
    parts.entrance.served.require_ready()
    return ReadyBody()


@router.get("/v2/models/{model}/ready", tags=["health"])
@router.get("/v2/models/{model}/versions/{version}/ready", tags=["health"])
async def model_ready(parts: Parts, model: str, version: str | None = None) -> ModelReadyBody:
    """Tell whether a model may be asked."""
    served = parts.entrance.served
    found = served.find(model, version)
    served.require_ready()
    return ModelReadyBody(name=found.model.identity.name)


@router.get("/v2", tags=["metadata"])
@router.get("/v2/", include_in_schema=False)
async def server() -> ServerBody:
    """Tell what this server is."""
    return ServerBody(name=SERVER_NAME, version=server_version(), extensions=EXTENSIONS)


@router.get("/v2/models/{model}", tags=["metadata"])
@router.get("/v2/models/{model}/versions/{version}", tags=["metadata"])
async def model_metadata(parts: Parts, model: str, version: str | None = None) -> ModelBody:
    """Tell what a model takes and gives, and where its requests run."""
    served = parts.entrance.served
    found = served.find(model, version)
    return ModelBody(
        name=found.model.identity.name,
        versions=served.versions(model),
        platform=PLATFORM,
        inputs=tuple(found.model.signature.inputs.values()),
        outputs=tuple(found.model.signature.outputs.values()),
        parameters=_execution(found),
    )


def _execution(served: ServedModel) -> ExecutionBody:
    batching = served.settings.batching
    return ExecutionBody(
        execution=served.execution.value,
        threads=served.model.threads,
        base_us=served.cost.base_ns / _NS_PER_US,
        row_us=served.cost.row_ns / _NS_PER_US,
        # More rows than a request may have is no bound that anybody would meet.
        event_loop_rows=min(served.most_inline_rows, served.max_rows) if batching is None else 0,
        max_rows=served.max_rows,
        queue_deadline_ms=served.queue_deadline_ms,
        max_batch_size=0 if batching is None else batching.max_batch_size,
        max_queue_delay_us=0 if batching is None else batching.max_queue_delay_us,
    )
