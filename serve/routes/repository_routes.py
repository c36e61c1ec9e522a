"""The model repository: what is in it; loading and unloading where that is switched on."""

from __future__ import annotations

from fastapi import APIRouter, Response

from contract.errors import ArtifactError, ForbiddenError, InvalidRequestError
from serve.models.repository import find_model_names
from serve.routes.application_parts import ApplicationParts, Parts
from serve.routes.protocol import ErrorBody, IndexEntry, IndexRequest

router = APIRouter(
    prefix="/v2/repository",
    tags=["repository"],
    responses={
        400: {"model": ErrorBody, "description": "the body is not JSON, or it cannot be loaded"},
        403: {"model": ErrorBody, "description": "not switched on"},
    },
)


@router.post("/index")
async def index(parts: Parts, body: IndexRequest | None = None) -> tuple[IndexEntry, ...]:
    """List the models of the repository, one entry a version that is served."""
    served = parts.entrance.served
    entries = [
        IndexEntry(name=each.model.identity.name, version=each.model.identity.version)
        for each in served.all()
    ]
    if body is None or not body.ready:
        open_names = {entry.name for entry in entries}
        entries += [
            IndexEntry(name=name, version="", state="UNAVAILABLE", reason="not loaded")
            for name in find_model_names(parts.settings.repository)
            if name not in open_names
        ]
    return tuple(sorted(entries, key=lambda entry: (entry.name, entry.version)))


@router.post("/models/{model}/load")
async def load(parts: Parts, model: str) -> Response:
    """Load a model anew; where that fails, what was served before is served on."""
    _require_switched_on(parts)
    try:
        await parts.control.load(model)
    except ArtifactError as error:
        raise InvalidRequestError(str(error)) from error
    return Response(status_code=200)


@router.post(
    "/models/{model}/unload",
    responses={404: {"model": ErrorBody, "description": "no such model is served"}},
)
async def unload(parts: Parts, model: str) -> Response:
    """Close a model; requests that it has begun are finished."""
    _require_switched_on(parts)
    await parts.control.unload(model)
    return Response(status_code=200)


def _require_switched_on(parts: ApplicationParts) -> None:
    if not parts.settings.model_control:
        raise ForbiddenError(
            "loading and unloading are not switched on",
            remedy="start the server with --model-control",
        )
