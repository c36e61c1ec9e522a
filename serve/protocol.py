"""The protocol's bodies, described by pydantic: what metadata answers, and the OpenAPI page.

Infer requests do not pass through these models, see `serve.infer_request`; they are here so
that ``/docs`` tells what to send.
"""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

from contract.tensor import DATATYPES, TensorSpec

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


class ModelBody(_Body):
    """What a model takes and gives; a size of -1 is open."""

    name: str
    versions: tuple[str, ...]
    platform: str
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]


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
