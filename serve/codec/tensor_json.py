"""Tensors as JSON: numbers, booleans or text in row-major order, flat or nested.

FP16 travels as numbers too: every FP16 is a JSON number exactly. JSON has no NaN and no
infinity, so neither comes in nor goes out this way.
"""

from __future__ import annotations

import math
from itertools import accumulate, chain
from operator import mul
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import simdjson

from contract.errors import InvalidRequestError
from contract.tensor import Datatype
from serve.codec.json_document import PackedData

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
# As which type simdjson hands numbers out, and NumPy's name of it; nothing else is packed.
_64_BITS: dict[str, tuple[Literal["d", "i", "u"], np.dtype[np.generic]]] = {
    "f": ("d", np.dtype("<f8")),
    "i": ("i", np.dtype("<i8")),
    "u": ("u", np.dtype("<u8")),
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
        The elements: one flat list, or lists nested exactly as the shape says; packed or not.
    datatype : Datatype
        The element type.
    shape : tuple of int
        A shape that `checked_shape` passed.

    Raises
    ------
    InvalidRequestError
        If the elements are too many or too few, of another type, or out of its range.
    """
    if isinstance(data, PackedData):
        numbers = _unpacked(data, datatype, shape)
        if numbers is not None:
            return _narrowed(numbers, datatype).reshape(shape)
        data = data.array.as_list()
    return _converted(_flattened(data, shape), datatype).reshape(shape)


def _unpacked(data: PackedData, datatype: Datatype, shape: tuple[int, ...]) -> Array | None:
    """Copy numbers out, 64 bits each; None where they do not fit for certain.

    Whatever does not is looked at one by one afterwards, so that the error can say why.
    """
    as_64_bits = _64_BITS.get(datatype.numpy.kind)
    if as_64_bits is None or (data.inner_arrays and not _is_nested(data, shape)):
        return None
    of_type, dtype = as_64_bits
    try:
        buffer = data.array.as_buffer(of_type=of_type)
    # Booleans, strings, null, fractions among integers; integers that the type cannot hold.
    except (TypeError, ValueError):
        return None
    numbers: Array = np.frombuffer(buffer, dtype=dtype)
    return numbers if numbers.size == math.prod(shape) else None


def _is_nested(data: PackedData, shape: tuple[int, ...]) -> bool:
    """Say whether it is certain that arrays are nested as the shape says."""
    if data.inner_arrays != sum(accumulate(shape[:-1], mul)):
        return False
    level: list[Any] = [data.array]
    for size in shape[:-1]:
        if any(len(part) != size for part in level):
            return False
        level = [part for whole in level for part in whole]
        if any(type(part) is not simdjson.Array for part in level):
            return False
    # No array is left that could lie within these.
    return all(len(part) == shape[-1] for part in level)


def _narrowed(numbers: Array, datatype: Datatype) -> Array:
    """Convert numbers of 64 bits to an element type that is perhaps smaller."""
    dtype = datatype.numpy
    if dtype.kind == "f":
        with np.errstate(over="ignore"):
            return _finite(numbers.astype(dtype, copy=False), datatype)
    if dtype.itemsize < numbers.itemsize and numbers.size:
        limits = np.iinfo(dtype.char)
        if numbers.min() < limits.min or numbers.max() > limits.max:
            raise _out_of_range(datatype)
    return numbers.astype(dtype, copy=False)


def _converted(elements: list[object], datatype: Datatype) -> Array:
    """Convert Python's numbers, booleans or text."""
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
    return _finite(array, datatype) if kind == "f" else array


def _finite(array: Array, datatype: Datatype) -> Array:
    # JSON has no infinity: one that is here now was too large for the type.
    if not np.isfinite(array).all():
        raise _out_of_range(datatype)
    return array


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
