"""A recorded array: made to fit the input of a model, or refused with the reason."""

from __future__ import annotations

import numpy as np

from contract.errors import ArtifactError
from graph.request_form import InputForm
from graph.session import Array


def require_lossless(array: Array, given: InputForm, where: str) -> Array:
    """Convert an array to an input's element type.

    Parameters
    ----------
    array : array
        What was recorded.
    given : InputForm
        What the input takes.
    where : str
        What to name in an error.

    Raises
    ------
    ArtifactError
        If the types are of different kinds (NumPy's casting rule ``same_kind``), or a number
        cannot be told in the other type. Floating-point numbers may be rounded.
    """
    dtype = given.datatype.numpy
    if array.dtype == dtype:
        return array
    if not np.can_cast(array.dtype, dtype, "same_kind"):
        raise ArtifactError(
            f"is {array.dtype}, the input takes {given.datatype.protocol} ({dtype})",
            where=where,
            remedy=f"record it as {dtype}",
        )
    with np.errstate(over="ignore", invalid="ignore"):
        converted = array.astype(dtype)
    if array.dtype.kind == "f":
        kept = np.isfinite(converted) | ~np.isfinite(array)
    else:
        kept = converted == array
    if not kept.all():
        raise ArtifactError(
            f"holds {array[~kept].flat[0]}, which {given.datatype.protocol} ({dtype}) cannot",
            where=where,
        )
    return converted


def require_shape(shape: tuple[int, ...], given: InputForm, where: str) -> None:
    """Refuse a shape that an input does not take.

    Parameters
    ----------
    shape : tuple of int
        Of an array of one request.
    given : InputForm
        What the input takes.
    where : str
        What to name in an error.

    Raises
    ------
    ArtifactError
        If a dimension that the model fixes has another size, or their number differs.
    """
    if len(shape) != len(given.shape) or any(
        isinstance(want, int) and want != have
        for want, have in zip(given.shape, shape, strict=True)
    ):
        raise ArtifactError(
            f"is of the shape {shape} in a request; the input takes {given.shape}", where=where
        )
