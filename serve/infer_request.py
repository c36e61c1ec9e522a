"""An infer request: from the body's bytes to tensors that fit the model.

Checked by hand and not by pydantic: this is the hot path, and pydantic would cost more than
the inference. What the body may hold is described for readers in `serve.protocol`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from contract.errors import InvalidRequestError, nearest
from contract.tensor import BY_PROTOCOL_NAME, TensorSpec
from serve.signature import Signature, WantedOutput
from serve.tensor_binary import array_from_bytes, text_from_bytes
from serve.tensor_json import array_from_json
from serve.tensor_shape import checked_shape

Array = npt.NDArray[np.generic]
JsonObject = dict[str, Any]

JSON_LENGTH_HEADER = "Inference-Header-Content-Length"
# Extensions of Triton's that would change the answer, so they are not passed over.
_UNSUPPORTED = ("shared_memory_region", "classification")


@dataclass(frozen=True, slots=True)
class InferRequest:
    """A request that has been checked against the model.

    Attributes
    ----------
    request_id : str or None
        To be echoed.
    inputs : dict of str to ndarray
        Every input of the model.
    outputs : tuple of WantedOutput
        What to answer with, in this order.
    """

    request_id: str | None
    inputs: dict[str, Array]
    outputs: tuple[WantedOutput, ...]


class _BinaryPart:
    """What follows the JSON part, handed out from its beginning."""

    def __init__(self, content: memoryview) -> None:
        self._content = content
        self._position = 0

    def take(self, size: object) -> memoryview:
        if type(size) is not int or size < 0:
            raise InvalidRequestError("'binary_data_size' must be an integer from 0")
        end = self._position + size
        if end > len(self._content):
            raise InvalidRequestError(
                f"'binary_data_size' is {size}, "
                f"only {len(self._content) - self._position} bytes are left",
                remedy=f"is the header {JSON_LENGTH_HEADER} right?",
            )
        taken = self._content[self._position : end]
        self._position = end
        return taken

    def require_empty(self) -> None:
        left = len(self._content) - self._position
        if left:
            raise InvalidRequestError(f"{left} bytes are left after the last tensor")


def decode_request(body: bytes, json_bytes: int | None, signature: Signature) -> InferRequest:
    """Read a request's body.

    Parameters
    ----------
    body : bytes
        The whole body: JSON, and binary tensors after it.
    json_bytes : int or None
        The length of the JSON part; None: all of it. 0: the body is the raw bytes of the
        model's one input, and outputs are answered as binary data.
    signature : Signature
        The model's inputs and outputs.

    Raises
    ------
    InvalidRequestError
        If the body does not follow the protocol or does not fit the model.
    """
    content = memoryview(body)
    if json_bytes == 0:
        return _raw_request(content, signature)
    end = len(body) if json_bytes is None else json_bytes
    if end > len(body):
        raise InvalidRequestError(
            f"says {json_bytes}, but the body has {len(body)} bytes", where=JSON_LENGTH_HEADER
        )
    document = _parsed(content[:end])
    request_id = document.get("id")
    if request_id is not None and not isinstance(request_id, str):
        raise InvalidRequestError("'id' must be a string")
    binary = _BinaryPart(content[end:])
    inputs = _inputs(document.get("inputs"), binary, signature)
    binary.require_empty()
    return InferRequest(request_id, inputs, _outputs(document, signature))


def _parsed(text: memoryview) -> JsonObject:
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidRequestError(f"the body is not JSON: {error}") from error
    return _object(document, "the request")


def _object(value: object, what: str) -> JsonObject:
    if not isinstance(value, dict):
        raise InvalidRequestError(f"{what} must be a JSON object")
    return value


def _inputs(entries: object, binary: _BinaryPart, signature: Signature) -> dict[str, Array]:
    if not isinstance(entries, list):
        raise InvalidRequestError("'inputs' must be a list of tensors")
    arrays: dict[str, Array] = {}
    for entry in entries:
        spec = _named(_object(entry, "an input"), signature.inputs, "input")
        if spec.name in arrays:
            raise InvalidRequestError(f"input {spec.name!r} is there twice")
        try:
            arrays[spec.name] = _array(entry, spec, binary)
        except InvalidRequestError as error:
            error.where = f"input {spec.name!r}"
            raise
    if len(arrays) != len(signature.inputs):
        missing = ", ".join(repr(name) for name in signature.inputs if name not in arrays)
        raise InvalidRequestError(f"the model's inputs are not all there: {missing}")
    return arrays


def _named(entry: JsonObject, specs: dict[str, TensorSpec], what: str) -> TensorSpec:
    """Return the tensor of the model's that an entry of the request names."""
    name = entry.get("name")
    if not isinstance(name, str):
        raise InvalidRequestError(f"'name' of an {what} must be a string")
    spec = specs.get(name)
    if spec is None:
        raise InvalidRequestError(
            f"the model has no {what} {name[:100]!r}", remedy=nearest(name[:100], specs)
        )
    return spec


def _array(entry: JsonObject, spec: TensorSpec, binary: _BinaryPart) -> Array:
    if entry.get("datatype") != spec.datatype:
        raise InvalidRequestError(f"'datatype' must be {spec.datatype}, as the model's is")
    datatype = BY_PROTOCOL_NAME[spec.datatype]
    shape = checked_shape(entry.get("shape"), spec)
    size = _parameters(entry).get("binary_data_size")
    if size is None:
        return array_from_json(entry.get("data"), datatype, shape)
    if "data" in entry:
        raise InvalidRequestError("either 'data' or 'binary_data_size', not both")
    return array_from_bytes(binary.take(size), datatype, shape)


def _parameters(entry: JsonObject) -> JsonObject:
    parameters = entry.get("parameters")
    if parameters is None:
        return {}
    checked = _object(parameters, "'parameters'")
    for name in _UNSUPPORTED:
        if name in checked:
            raise InvalidRequestError(f"the parameter {name!r} is not supported")
    return checked


def _outputs(document: JsonObject, signature: Signature) -> tuple[WantedOutput, ...]:
    binary = _flag(_parameters(document), "binary_data_output", default=False)
    entries = document.get("outputs")
    if entries is None:
        return signature.all_binary if binary else signature.all_json
    if not isinstance(entries, list) or not entries:
        raise InvalidRequestError("'outputs' must be a list of at least one output")
    wanted: dict[str, WantedOutput] = {}
    for entry in entries:
        name = _named(_object(entry, "an output"), signature.outputs, "output").name
        if name in wanted:
            raise InvalidRequestError(f"output {name!r} is asked for twice")
        as_binary = _flag(_parameters(entry), "binary_data", default=binary)
        wanted[name] = WantedOutput(name, binary=as_binary)
    return tuple(wanted.values())


def _flag(parameters: JsonObject, name: str, *, default: bool) -> bool:
    value = parameters.get(name, default)
    if not isinstance(value, bool):
        raise InvalidRequestError(f"{name!r} must be true or false")
    return value


def _raw_request(content: memoryview, signature: Signature) -> InferRequest:
    """Take the whole body as the one input's data, and answer in kind, as Triton does."""
    if len(signature.inputs) != 1:
        raise InvalidRequestError(
            f"a raw body needs a model of one input, this one has {len(signature.inputs)}"
        )
    (spec,) = signature.inputs.values()
    datatype = BY_PROTOCOL_NAME[spec.datatype]
    if spec.datatype == "BYTES":
        # One element, without its length: the body's own is known.
        shape = checked_shape([1] * len(spec.shape), spec)
        array: Array = np.array([text_from_bytes(content)], dtype=object).reshape(shape)
    else:
        elements = len(content) // datatype.numpy.itemsize
        array = array_from_bytes(content, datatype, _raw_shape(elements, spec))
    return InferRequest(None, {spec.name: array}, signature.all_binary)


def _raw_shape(elements: int, spec: TensorSpec) -> tuple[int, ...]:
    """Return the model's shape; an open dimension takes what the elements leave for it."""
    if spec.shape.count(-1) > 1:
        raise InvalidRequestError(
            f"a raw body does not tell the shape: {list(spec.shape)} is open in several places"
        )
    known = 1
    for size in spec.shape:
        known *= size if size >= 0 else 1
    fill = elements // known if known else 0
    return checked_shape([fill if size < 0 else size for size in spec.shape], spec)
