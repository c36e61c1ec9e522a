"""Infer requests of the Open Inference Protocol, ready to send."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np

from contract.tensor import BY_NUMPY_DTYPE
from contract.traffic import Request


@dataclass(frozen=True, slots=True)
class InferRequest:
    """An infer request of the Open Inference Protocol, ready to send.

    Attributes
    ----------
    body : bytes
        The JSON part, then the tensors' bytes where they are sent in binary.
    json_bytes : int or None
        Length of the JSON part, for the header ``Inference-Header-Content-Length``; None where
        there is nothing else.
    """

    body: bytes
    json_bytes: int | None

    @property
    def headers(self) -> dict[str, str]:
        """The headers that tell how to read the body."""
        if self.json_bytes is None:
            return {"Content-Type": "application/json"}
        return {
            "Content-Type": "application/octet-stream",
            "Inference-Header-Content-Length": str(self.json_bytes),
        }


def json_request(inputs: Request) -> InferRequest:
    """Put the inputs of a model into a request that any server of the protocol reads.

    Parameters
    ----------
    inputs : mapping of str to array
        What to send.
    """
    tensors = [
        {
            "name": name,
            "shape": array.shape,
            "datatype": BY_NUMPY_DTYPE[array.dtype].protocol,
            "data": array.ravel().tolist(),
        }
        for name, array in inputs.items()
    ]
    body = json.dumps({"inputs": tensors}, separators=(",", ":")).encode()
    return InferRequest(body=body, json_bytes=None)


def infer_request(inputs: Request) -> InferRequest:
    """Put the inputs of a model into a request that asks for binary outputs.

    Parameters
    ----------
    inputs : mapping of str to array
        What to send.
    """
    contents = {name: np.ascontiguousarray(array).tobytes() for name, array in inputs.items()}
    description = {
        "inputs": [
            {
                "name": name,
                "shape": inputs[name].shape,
                "datatype": BY_NUMPY_DTYPE[inputs[name].dtype].protocol,
                "parameters": {"binary_data_size": len(content)},
            }
            for name, content in contents.items()
        ],
        "parameters": {"binary_data_output": True},
    }
    head = json.dumps(description, separators=(",", ":")).encode()
    return InferRequest(body=head + b"".join(contents.values()), json_bytes=len(head))
