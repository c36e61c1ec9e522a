"""Inputs for any model, made up from what it says it takes."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from contract.errors import ArtifactError
from contract.tensor import BY_PROTOCOL_NAME, TensorSpec
from graph.session import Array

# Small, so that a model with several open dimensions stays quick.
_OPEN_DIMENSION = 4


def generated_inputs(specs: Sequence[TensorSpec], rows: int, seed: int) -> dict[str, Array]:
    """Draw inputs that fit a model.

    Floating-point numbers are standard normal. Signed and wide integers are 0 or 1: they are
    most often indices or masks, and a larger one may lie outside a table. Bytes (UINT8) are
    0 to 255, as pixels are. The same seed gives the same inputs.

    Parameters
    ----------
    specs : sequence of TensorSpec
        The model's inputs.
    rows : int
        The size of a leading dimension that the model leaves open; any other open dimension
        is 4.
    seed : int
        Seed of the generator.

    Returns
    -------
    dict of str to array
        One array for each input.

    Raises
    ------
    ArtifactError
        If an input takes strings: no made-up text is sure to mean anything to a model.
    """
    generator = np.random.default_rng(seed)
    return {spec.name: _drawn(spec, rows, generator) for spec in specs}


def _drawn(spec: TensorSpec, rows: int, generator: np.random.Generator) -> Array:
    open_sizes = [rows] + [_OPEN_DIMENSION] * len(spec.shape)
    shape = [
        size if size >= 0 else if_open
        for size, if_open in zip(spec.shape, open_sizes, strict=False)
    ]
    dtype = BY_PROTOCOL_NAME[spec.datatype].numpy
    if dtype.kind == "f":
        return generator.standard_normal(shape).astype(dtype)
    if dtype.kind in "biu":
        largest = 255 if spec.datatype == "UINT8" else 1
        return generator.integers(0, largest, shape, endpoint=True).astype(dtype)
    raise ArtifactError(
        f"input {spec.name!r} takes {spec.datatype}: no inputs can be made up for it",
        remedy="give inputs of your own",
    )
