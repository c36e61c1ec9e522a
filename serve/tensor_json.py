"""Tensors as JSON: numbers, booleans or text in row-major order, flat or nested.

FP16 travels as numbers too: every FP16 is a JSON number exactly. JSON has no NaN and no
infinity, so neither comes in nor goes out this way.
"""

from __future__ import annotations

import math
from itertools import chain

import numpy as np
import numpy.typing as npt

from contract.errors import InvalidRequestError
from contract.tensor import Datatype

Array = npt.NDArray[np.generic]
JsonArray = Array | list[str]

# What JSON may hold for each kind of NumPy's element types.
_ACCEPTED: dict[str, frozenset[type]] = {
    "b": frozenset({bool}),
    "u": frozenset({int}),
    "i": frozenset({int}),
    "f": frozenset({int, float}),
    "O": frozenset({str}),
}
_JSON_NAMES: dict[type, str] = {
    bool: "true or false",
    int: "integers",
    float: "numbers with a fraction, or beyond 64 bits",
    str: "strings",
    type(None): "null",
    list: "arrays",
    dict: "objects",
}


def array_from_json(data: object, datatype: Datatype, shape: tuple[int, ...]) -> Array:
    """Make an array from parsed JSON.

    Parameters
    ----------
    data : object
        The elements: one flat list, or lists nested exactly as the shape says.
    datatype : Datatype
        The element type.
    shape : tuple of int
        A shape that `checked_shape` passed.

    Raises
    ------
    InvalidRequestError
        If the elements are too many or too few, of another type, or out of its range.
    """
    elements = _flattened(data, shape)
    kind = datatype.numpy.kind
    wrong = set(map(type, elements)) - _ACCEPTED[kind]
    if wrong:
        names = " and ".join(sorted(_JSON_NAMES[kind] for kind in wrong))
        raise InvalidRequestError(f"'data' of {datatype.protocol} cannot hold {names}")
    try:
        with np.errstate(over="ignore"):
            array: Array = np.array(elements, dtype=datatype.numpy)
    except OverflowError as error:
        raise _out_of_range(datatype) from error
    # JSON has no infinity: one that is here now was too large for the type.
    if kind == "f" and not np.isfinite(array).all():
        raise _out_of_range(datatype)
    return array.reshape(shape)


def json_from_array(array: Array) -> JsonArray:
    """Return a tensor's elements, flat, in a form that orjson writes as a JSON array.

    Raises
    ------
    InvalidRequestError
        If JSON cannot hold an element: orjson would write ``null`` in its place.
    """
    if array.dtype.kind == "O":
        text: list[str] = array.ravel().tolist()
        return text
    if array.dtype.kind == "f" and not np.isfinite(array).all():
        raise InvalidRequestError(
            "holds NaN or infinity, which JSON cannot express",
            remedy="ask for binary data: parameters.binary_data_output = true",
        )
    return array.ravel()


def _flattened(data: object, shape: tuple[int, ...]) -> list[object]:
    if not isinstance(data, list):
        raise InvalidRequestError("'data' must be an array")
    if len(shape) > 1 and data and isinstance(data[0], list):
        return _unnested(data, shape)
    count = math.prod(shape)
    if len(data) != count:
        raise InvalidRequestError(
            f"'data' has {len(data)} elements, shape {list(shape)} asks for {count}"
        )
    return data


def _unnested(data: list[object], shape: tuple[int, ...]) -> list[object]:
    level: list[object] = [data]
    for size in shape:
        lists = [part for part in level if isinstance(part, list) and len(part) == size]
        if len(lists) != len(level):
            raise InvalidRequestError(f"'data' is not nested as shape {list(shape)} says")
        level = list(chain.from_iterable(lists))
    return level


def _out_of_range(datatype: Datatype) -> InvalidRequestError:
    return InvalidRequestError(f"'data' holds a number beyond {datatype.protocol}'s range")
