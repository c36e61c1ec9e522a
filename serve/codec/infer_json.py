"""The JSON part of an infer request, checked against the model.

Checked by hand and not by pydantic: this is the hot path, and pydantic would cost more than
the inference. What the body may hold is described for readers in `serve.routes.protocol`.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from contract.errors import InvalidRequestError, nearest
from contract.tensor import BY_PROTOCOL_NAME, TensorSpec
from serve.codec.infer_head import InferHead, WantedOutput
from serve.codec.json_document import parse_document
from serve.codec.signature import Signature
from serve.codec.tensor_binary import BinaryTensor
from serve.codec.tensor_json import array_from_json
from serve.codec.tensor_shape import checked_shape

Array = npt.NDArray[np.generic]
JsonObject = dict[str, Any]

# Extensions of Triton's that would change the answer, so they are not passed over.
_UNSUPPORTED = ("shared_memory_region", "classification")
_MOST_TIMEOUT_US = 2**63 - 1


def read_head(text: bytes, signature: Signature) -> InferHead:
    """Read the JSON part of a request.

    Parameters
    ----------
    text : bytes
        The JSON.
    signature : Signature
        The model's inputs and outputs.

    Raises
    ------
    InvalidRequestError
        If it does not follow the protocol or does not fit the model.
    """
    document = _object(parse_document(text), "the request")
    request_id = document.get("id")
    if request_id is not None and not isinstance(request_id, str):
        raise InvalidRequestError("'id' must be a string")
    arrays, binary = _inputs(document.get("inputs"), signature)
    parameters = _parameters(document)
    return InferHead(
        request_id,
        arrays,
        binary,
        sum(tensor.size for tensor in binary.values()),
        _outputs(document.get("outputs"), parameters, signature),
        _timeout_us(parameters),
    )


def raw_head(size: int, signature: Signature) -> InferHead:
    """Make the head of a request that is nothing but its one input's bytes.

    It is answered in kind, as Triton does.

    Parameters
    ----------
    size : int
        How many bytes there are.
    signature : Signature
        The model's inputs and outputs.

    Raises
    ------
    InvalidRequestError
        If the model takes several inputs, or one whose shape the size does not tell.
    """
    spec = raw_input(signature)
    datatype = BY_PROTOCOL_NAME[spec.datatype]
    shape = _raw_shape(size // datatype.numpy.itemsize, spec)
    try:
        tensor = BinaryTensor(datatype, shape, size)
    except InvalidRequestError as error:
        error.where = f"input {spec.name!r}"
        raise
    return InferHead(None, {}, {spec.name: tensor}, size, signature.all_binary, None)


def raw_input(signature: Signature) -> TensorSpec:
    """Return the input that a raw body is for.

    Raises
    ------
    InvalidRequestError
        If the model takes several.
    """
    if len(signature.inputs) != 1:
        raise InvalidRequestError(
            f"a raw body needs a model of one input, this one has {len(signature.inputs)}"
        )
    return next(iter(signature.inputs.values()))


def _object(value: object, what: str) -> JsonObject:
    if not isinstance(value, dict):
        raise InvalidRequestError(f"{what} must be a JSON object")
    return value


def _inputs(
    entries: object, signature: Signature
) -> tuple[dict[str, Array], dict[str, BinaryTensor]]:
    if not isinstance(entries, list):
        raise InvalidRequestError("'inputs' must be a list of tensors")
    arrays: dict[str, Array] = {}
    binary: dict[str, BinaryTensor] = {}
    for entry in entries:
        spec = _named(_object(entry, "an input"), signature.inputs, "input")
        if spec.name in arrays or spec.name in binary:
            raise InvalidRequestError(f"input {spec.name!r} is there twice")
        try:
            tensor = _tensor(entry, spec)
        except InvalidRequestError as error:
            error.where = f"input {spec.name!r}"
            raise
        if isinstance(tensor, BinaryTensor):
            binary[spec.name] = tensor
        else:
            arrays[spec.name] = tensor
    missing = [name for name in signature.inputs if name not in arrays and name not in binary]
    if missing:
        names = ", ".join(repr(name) for name in missing)
        raise InvalidRequestError(f"the model's inputs are not all there: {names}")
    return arrays, binary


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


def _tensor(entry: JsonObject, spec: TensorSpec) -> Array | BinaryTensor:
    if entry.get("datatype") != spec.datatype:
        raise InvalidRequestError(f"'datatype' must be {spec.datatype}, as the model's is")
    datatype = BY_PROTOCOL_NAME[spec.datatype]
    shape = checked_shape(entry.get("shape"), spec)
    size = _parameters(entry).get("binary_data_size")
    if size is None:
        return array_from_json(entry.get("data"), datatype, shape)
    if "data" in entry:
        raise InvalidRequestError("either 'data' or 'binary_data_size', not both")
    if type(size) is not int or size < 0:
        raise InvalidRequestError("'binary_data_size' must be an integer from 0")
    return BinaryTensor(datatype, shape, size)


def _parameters(entry: JsonObject) -> JsonObject:
    parameters = entry.get("parameters")
    if parameters is None:
        return {}
    checked = _object(parameters, "'parameters'")
    for name in _UNSUPPORTED:
        if name in checked:
            raise InvalidRequestError(f"the parameter {name!r} is not supported")
    return checked


def _outputs(
    entries: object, parameters: JsonObject, signature: Signature
) -> tuple[WantedOutput, ...]:
    binary = _flag(parameters, "binary_data_output", default=False)
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


def _timeout_us(parameters: JsonObject) -> int | None:
    """Return Triton's request parameter ``timeout``; 0 says nothing, as with Triton."""
    timeout = parameters.get("timeout", 0)
    if type(timeout) is not int or not 0 <= timeout <= _MOST_TIMEOUT_US:
        raise InvalidRequestError("'timeout' must be an integer of microseconds")
    return timeout or None


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
