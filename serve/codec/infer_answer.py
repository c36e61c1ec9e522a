"""An infer answer: from tensors to the body's bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import orjson

from contract.errors import InvalidRequestError
from serve.codec.infer_request import InferRequest
from serve.codec.signature import Signature
from serve.codec.tensor_binary import bytes_from_array
from serve.codec.tensor_json import json_from_array

Array = npt.NDArray[np.generic]


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """The name and version that an answer is signed with."""

    name: str
    version: str


class InferAnswer(NamedTuple):
    """A body and how to read it.

    A named tuple, because one is made for every request.

    Attributes
    ----------
    body : bytes
        JSON, then binary tensors in the order of the JSON's outputs. With binary outputs
        its length depends on shapes and the lengths of names alone, never on values.
    json_bytes : int or None
        The length of the JSON part; None where nothing follows it.
    """

    body: bytes
    json_bytes: int | None


def encode_answer(
    model: ModelIdentity, signature: Signature, request: InferRequest, arrays: Sequence[Array]
) -> InferAnswer:
    """Write an answer.

    Parameters
    ----------
    model : ModelIdentity
        Who answers.
    signature : Signature
        The model's outputs.
    request : InferRequest
        What was asked for.
    arrays : sequence of ndarray
        One a wanted output, in the same order.

    Raises
    ------
    InvalidRequestError
        If JSON was asked for and cannot hold the values.
    """
    known = request.answer_heads
    if known is None:
        head, tensors = _written(model, signature, request, arrays)
    else:
        shapes = tuple([array.shape for array in arrays])
        kept = known.get(shapes)
        if kept is None:
            head, tensors = _written(model, signature, request, arrays)
            known.put(shapes, head)
        else:
            head, tensors = kept, [bytes_from_array(array) for array in arrays]
    if not tensors:
        return InferAnswer(head, None)
    return InferAnswer(b"".join([head, *tensors]), len(head))


def _written(
    model: ModelIdentity, signature: Signature, request: InferRequest, arrays: Sequence[Array]
) -> tuple[bytes, list[bytes]]:
    """Return the JSON part and the binary tensors."""
    outputs: list[dict[str, Any]] = []
    tensors: list[bytes] = []
    for wanted, array in zip(request.outputs, arrays, strict=True):
        spec = signature.outputs[wanted.name]
        output: dict[str, Any] = {
            "name": spec.name,
            "datatype": spec.datatype,
            "shape": array.shape,
        }
        if wanted.binary:
            tensor = bytes_from_array(array)
            tensors.append(tensor)
            output["parameters"] = {"binary_data_size": len(tensor)}
        else:
            try:
                output["data"] = json_from_array(array)
            except InvalidRequestError as error:
                error.where = f"output {spec.name!r}"
                raise
        outputs.append(output)
    document: dict[str, Any] = {"model_name": model.name, "model_version": model.version}
    if request.request_id is not None:
        document["id"] = request.request_id
    document["outputs"] = outputs
    return orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY), tensors
