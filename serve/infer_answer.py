"""An infer answer: from tensors to the body's bytes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import orjson

from contract.errors import InvalidRequestError
from serve.infer_request import InferRequest
from serve.signature import Signature
from serve.tensor_binary import bytes_from_array
from serve.tensor_json import json_from_array

Array = npt.NDArray[np.generic]


@dataclass(frozen=True, slots=True)
class ModelIdentity:
    """The name and version that an answer is signed with."""

    name: str
    version: str


@dataclass(frozen=True, slots=True)
class InferAnswer:
    """A body and how to read it.

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
    head = orjson.dumps(document, option=orjson.OPT_SERIALIZE_NUMPY)
    if not tensors:
        return InferAnswer(head, None)
    return InferAnswer(b"".join([head, *tensors]), len(head))
