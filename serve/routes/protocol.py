"""The protocol's bodies, described by pydantic: what metadata answers, and the OpenAPI page.

Infer requests do not pass through these models, see `serve.codec.infer_request`; they are here so
that ``/docs`` tells what to send.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from contract.tensor import DATATYPES, TensorSpec
from serve.models.execution import Execution

PLATFORM = "onnx_onnxv1"
_DATATYPE_NAMES = [datatype.protocol for datatype in DATATYPES]
Element = bool | int | float | str


class _Body(BaseModel):
    # "model_name" is the protocol's; pydantic keeps "model_" for itself unless told.
    model_config = ConfigDict(protected_namespaces=())


class ErrorBody(_Body):
    """Every error."""

    error: str


class LiveBody(_Body):
    """The process runs."""

    live: Literal[True] = True


class ReadyBody(_Body):
    """Every model is loaded and warm."""

    ready: Literal[True] = True


class ModelReadyBody(_Body):
    """A model is loaded and warm."""

    name: str
    ready: Literal[True] = True


class ServerBody(_Body):
    """What this server is."""

    name: str
    version: str
    extensions: tuple[str, ...]


class ExecutionBody(_Body):
    """Where a model's requests run, and what bounds them."""

    execution: str = Field(
        description="How it is decided where a request runs.",
        json_schema_extra={"enum": [execution.value for execution in Execution]},
    )
    threads: int = Field(description="Threads for one inference.")
    base_us: float = Field(description="A run takes base_us + rows * row_us, warm-up found.")
    row_us: float
    event_loop_rows: int = Field(
        description="Up to so many rows run on the event loop, more in a thread."
    )
    max_rows: int
    queue_deadline_ms: int
    max_batch_size: int = Field(description="Rows of a batch; 0: no batching.")
    max_queue_delay_us: int


class ModelBody(_Body):
    """What a model takes and gives; a size of -1 is open."""

    name: str
    versions: tuple[str, ...]
    platform: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    parameters: ExecutionBody


class RequestInput(_Body):
    """A tensor sent: its elements in ``data``, or behind the JSON part as binary data."""

    name: str
    shape: list[int]
    datatype: str = Field(json_schema_extra={"enum": list(_DATATYPE_NAMES)})
    data: list[Element | list[Any]] | None = Field(
        default=None, description="Elements in row-major order, flat or nested as the shape is."
    )
    parameters: dict[str, Any] | None = Field(
        default=None, description="`binary_data_size`: bytes of this tensor behind the JSON part."
    )


class RequestedOutput(_Body):
    """An output asked for."""

    name: str
    parameters: dict[str, Any] | None = Field(
        default=None, description="`binary_data`: whether it is answered as binary data."
    )


class InferRequestBody(_Body):
    """An infer request, or its JSON part.

    With binary tensors, the header `Inference-Header-Content-Length` gives the length of the
    JSON part; the tensors' little-endian bytes follow it in the order of `inputs`.
    """

    id: str | None = None
    inputs: list[RequestInput]
    outputs: list[RequestedOutput] | None = Field(
        default=None, description="Outputs wanted; all of them where this is missing."
    )
    parameters: dict[str, Any] | None = Field(
        default=None, description="`binary_data_output`: whether outputs are binary data."
    )


class ResponseOutput(_Body):
    """A tensor answered."""

    name: str
    shape: list[int]
    datatype: str
    data: list[Element] | None = None
    parameters: dict[str, Any] | None = None


class InferResponseBody(_Body):
    """An infer answer, or its JSON part."""

    model_name: str
    model_version: str
    id: str | None = None
    outputs: list[ResponseOutput]


class Duration(_Body):
    """How often something was done, and how long it took altogether."""

    count: int
    ns: int


class InferenceStatistics(_Body):
    """Where requests spent their time."""

    success: Duration
    fail: Duration
    queue: Duration
    compute_input: Duration
    compute_infer: Duration
    compute_output: Duration


class BatchStatistics(_Body):
    """Runs of one size, in rows."""

    batch_size: int
    compute_input: Duration
    compute_infer: Duration
    compute_output: Duration


class ModelStatistics(_Body):
    """What was counted of one version of a model."""

    name: str
    version: str
    last_inference: int = Field(description="Milliseconds since 1970; 0: never.")
    inference_count: int = Field(description="Rows computed.")
    execution_count: int = Field(description="Runs of the model.")
    inference_stats: InferenceStatistics
    batch_stats: tuple[BatchStatistics, ...] = Field(description="Runs of up to 127 rows.")


class StatisticsBody(_Body):
    """What was counted since the server began."""

    model_stats: tuple[ModelStatistics, ...]


class ConfigTensor(_Body):
    """A tensor in the terms of Triton's configuration."""

    name: str
    data_type: str
    dims: tuple[int, ...]


class ConfigBatching(_Body):
    """Dynamic batching in the terms of Triton's configuration."""

    preferred_batch_size: tuple[int, ...]
    max_queue_delay_microseconds: int


class ConfigBody(_Body):
    """How a model is served."""

    name: str
    platform: str
    backend: str
    max_batch_size: int
    input: tuple[ConfigTensor, ...]
    output: tuple[ConfigTensor, ...]
    dynamic_batching: ConfigBatching | None = None


class IndexRequest(_Body):
    """Which models are asked for."""

    ready: bool = Field(default=False, description="Only those that are served.")


class IndexEntry(_Body):
    """A model of the repository."""

    name: str
    version: str
    state: Literal["READY", "UNAVAILABLE"] = "READY"
    reason: str = ""
