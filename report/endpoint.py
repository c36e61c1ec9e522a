"""What the instrument that makes the verdict is called within a sentence."""

from __future__ import annotations

from collections.abc import Mapping

from contract.measurement_plan import Endpoint

ENDPOINT_NAMES: Mapping[Endpoint, str] = {
    "cpu_per_request": "CPU per request",
    "client_latency": "client latency",
}
