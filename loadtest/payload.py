"""The inputs that are sent, and how they travel."""

from __future__ import annotations

import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from contract.errors import ArtifactError
from contract.tensor import TensorSpec

Images = npt.NDArray[np.float32]


def load_inputs(path: Path) -> Images:
    """Read the inputs of a run: float32, shape (rows, features).

    Raises
    ------
    ArtifactError
        If the file is missing or damaged.
    """
    try:
        with np.load(path) as archive:
            return np.asarray(archive["inputs"], dtype=np.float32)
    except (OSError, KeyError, ValueError, zipfile.BadZipFile) as error:
        raise ArtifactError(
            f"cannot read the inputs: {error}",
            where=str(path),
            remedy="run `perbillion train` again",
        ) from error


def draw_rows(inputs: Images, count: int, seed: int) -> Images:
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


def infer_request(spec: TensorSpec, batch: Images) -> InferRequest:
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
