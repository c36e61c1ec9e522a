"""Infer requests of the Open Inference Protocol, ready to send."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np

from contract.payload import Inputs
from contract.tensor import TensorSpec


def draw_rows(inputs: Inputs, count: int, seed: int) -> Inputs:
    """Draw up to `count` different rows at random; shape (rows, 1, features): batches of 1."""
    chosen = np.random.default_rng(seed).permutation(len(inputs))[:count]
    return inputs[chosen, np.newaxis, :]


@dataclass(frozen=True, slots=True)
class InferRequest:
    """An infer request of the Open Inference Protocol with binary tensors, ready to send.

    Attributes
    ----------
    body : bytes
        The JSON part, then the tensor's bytes.
    json_bytes : int
        Length of the JSON part, for the header ``Inference-Header-Content-Length``.
    """

    body: bytes
    json_bytes: int

    @property
    def headers(self) -> dict[str, str]:
        """The headers that tell how to read the body."""
        return {
            "Content-Type": "application/octet-stream",
            "Inference-Header-Content-Length": str(self.json_bytes),
        }


def infer_request(spec: TensorSpec, batch: Inputs) -> InferRequest:
    """Put a batch into a request that asks for binary outputs.

    Parameters
    ----------
    spec : TensorSpec
        The model's input.
    batch : float32 array, shape (rows, features)
        What to send.
    """
    content = batch.tobytes()
    description = {
        "inputs": [
            {
                "name": spec.name,
                "shape": batch.shape,
                "datatype": spec.datatype,
                "parameters": {"binary_data_size": len(content)},
            }
        ],
        "parameters": {"binary_data_output": True},
    }
    head = json.dumps(description, separators=(",", ":")).encode()
    return InferRequest(body=head + content, json_bytes=len(head))
