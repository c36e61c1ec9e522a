"""Shapes that clients send: checked before a byte of data is read."""

from __future__ import annotations

import math

from contract.errors import InvalidRequestError
from contract.tensor import TensorSpec

# NumPy computes sizes in 64 bits, and counts dimensions beside a 0 as well. This is far
# beyond what a request can fill and far below where any element type overflows.
_LARGEST_ELEMENTS = 2**48


def checked_shape(shape: object, spec: TensorSpec) -> tuple[int, ...]:
    """Return a shape from JSON as a tuple, if it is one and fits the model.

    Parameters
    ----------
    shape : object
        What stood in the request.
    spec : TensorSpec
        The model's input.

    Raises
    ------
    InvalidRequestError
        If it is no list of sizes, does not fit, or is too large to be addressed.
    """
    if type(shape) is not list or not all(type(size) is int and size >= 0 for size in shape):
        raise InvalidRequestError("'shape' must be a list of integers from 0")
    if len(shape) != len(spec.shape) or not all(
        want in (-1, have) for want, have in zip(spec.shape, shape, strict=True)
    ):
        raise InvalidRequestError(
            f"shape {_shortened(shape)} does not fit the model's {list(spec.shape)}"
        )
    if math.prod(size or 1 for size in shape) > _LARGEST_ELEMENTS:
        raise InvalidRequestError(f"shape {_shortened(shape)} is too large")
    return tuple(shape)


def _shortened(shape: list[int]) -> str:
    text = str(shape[:16])
    return text if len(shape) <= 16 and len(text) <= 200 else f"{text[:200]}..."
