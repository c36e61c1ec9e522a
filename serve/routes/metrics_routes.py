"""``/metrics`` for Prometheus."""

from __future__ import annotations

from fastapi import APIRouter, Response
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import CONTENT_TYPE_LATEST, generate_latest

from serve.routes.application_parts import Parts
from serve.statistics.metrics import ServerCollector

router = APIRouter(tags=["metrics"])


@router.get("/metrics", response_class=Response)
async def metrics(parts: Parts) -> Response:
    """Tell all counters of all workers together, in Prometheus's text format."""
    registry = CollectorRegistry()
    registry.register(ServerCollector(parts.entrance.tallies, parts.entrance.served))
    return Response(generate_latest(registry), media_type=CONTENT_TYPE_LATEST)
