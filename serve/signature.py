"""What a model takes and gives."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from contract.tensor import TensorSpec


@dataclass(frozen=True, slots=True)
class WantedOutput:
    """An output that a request wants, as binary data or as JSON."""

    name: str
    binary: bool


@dataclass(frozen=True, slots=True)
class Signature:
    """A model's tensors by name, in the model's order.

    Attributes
    ----------
    inputs, outputs : dict of str to TensorSpec
        The tensors.
    all_json, all_binary : tuple of WantedOutput
        Every output, for the many requests that name none: made once, not per request.
    """

    inputs: dict[str, TensorSpec]
    outputs: dict[str, TensorSpec]
    all_json: tuple[WantedOutput, ...]
    all_binary: tuple[WantedOutput, ...]

    @classmethod
    def of(cls, inputs: tuple[TensorSpec, ...], outputs: tuple[TensorSpec, ...]) -> Self:
        """Make a signature from a model's inputs and outputs."""
        return cls(
            inputs={spec.name: spec for spec in inputs},
            outputs={spec.name: spec for spec in outputs},
            all_json=tuple(WantedOutput(spec.name, binary=False) for spec in outputs),
            all_binary=tuple(WantedOutput(spec.name, binary=True) for spec in outputs),
        )
