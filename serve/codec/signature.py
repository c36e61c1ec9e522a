"""What a model takes and gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Self

import numpy as np
import numpy.typing as npt

from contract.tensor import TensorSpec
from serve.codec.infer_head import InferHead, WantedOutput
from serve.codec.recent import Recent

_MOST_KNOWN_HEADS = 64


@dataclass(frozen=True, slots=True)
class Signature:
    """A model's tensors by name, in the model's order.

    Attributes
    ----------
    inputs, outputs : dict of str to TensorSpec
        The tensors.
    all_json, all_binary : tuple of WantedOutput
        Every output, for the many requests that name none: made once, not per request.
    open_rows : bool
        Whether the first dimension of every input and output is open: then it counts rows.
    known_heads : Recent of (bytes or int) to InferHead
        Heads of requests that were found to fit, by their JSON, or by the length of a raw body.
        A client sends the same head with other tensors again and again.
    """

    inputs: dict[str, TensorSpec]
    outputs: dict[str, TensorSpec]
    all_json: tuple[WantedOutput, ...]
    all_binary: tuple[WantedOutput, ...]
    open_rows: bool
    known_heads: Recent[bytes | int, InferHead] = field(
        default_factory=lambda: Recent(_MOST_KNOWN_HEADS), compare=False, repr=False
    )

    @classmethod
    def of(cls, inputs: tuple[TensorSpec, ...], outputs: tuple[TensorSpec, ...]) -> Self:
        """Make a signature from a model's inputs and outputs."""
        return cls(
            inputs={spec.name: spec for spec in inputs},
            outputs={spec.name: spec for spec in outputs},
            all_json=tuple(WantedOutput(spec.name, binary=False) for spec in outputs),
            all_binary=tuple(WantedOutput(spec.name, binary=True) for spec in outputs),
            open_rows=all(spec.shape[:1] == (-1,) for spec in (*inputs, *outputs)),
        )

    def rows(self, inputs: Mapping[str, npt.NDArray[np.generic]]) -> int:
        """Return how many rows inputs of this signature have: 1 where that is not open."""
        return len(next(iter(inputs.values()))) if self.open_rows and inputs else 1
