"""One recorded request: a line of JSON as the Open Inference Protocol has it."""

from __future__ import annotations

import json
from itertools import chain
from math import prod

import numpy as np

from contract.errors import ArtifactError
from contract.tensor import BY_PROTOCOL_NAME
from contract.traffic import Array, Request
from graph.recorded_array import require_lossless, require_shape
from graph.request_form import InputForm, RequestForm

# What JSON may hold for each kind of NumPy's element types.
_ACCEPTED: dict[str, frozenset[type]] = {
    "b": frozenset({bool}),
    "u": frozenset({int}),
    "i": frozenset({int}),
    "f": frozenset({int, float}),
}


def recorded_request(line: bytes, form: RequestForm, where: str) -> Request:
    """Read one request.

    Parameters
    ----------
    line : bytes
        A JSON object in UTF-8.
    form : RequestForm
        What the model takes.
    where : str
        What to name in an error.

    Raises
    ------
    ArtifactError
        If it is no request, or does not fit the model.
    """
    try:
        document = json.loads(line)
    except (ValueError, RecursionError) as error:
        raise ArtifactError(f"is no JSON: {error}", where=where) from error
    tensors = document.get("inputs") if isinstance(document, dict) else None
    if not isinstance(tensors, list) or not all(_is_named(tensor) for tensor in tensors):
        raise ArtifactError(
            "is no infer request: 'inputs', a list of named tensors, is expected", where=where
        )
    by_name = {str(tensor["name"]): tensor for tensor in tensors}
    if len(by_name) < len(tensors):
        raise ArtifactError("gives an input twice", where=where)
    form.require_names(by_name, where)
    return {
        given.name: _array(by_name[given.name], given, f"{where}: {given.name}")
        for given in form.inputs
    }


def _is_named(tensor: object) -> bool:
    return isinstance(tensor, dict) and isinstance(tensor.get("name"), str)


def _array(tensor: dict[str, object], given: InputForm, where: str) -> Array:
    datatype = tensor.get("datatype")
    if datatype != given.datatype.protocol:
        raise ArtifactError(
            f"is of the datatype {datatype!r}, the input takes {given.datatype.protocol!r}",
            where=where,
        )
    shape, data = tensor.get("shape"), tensor.get("data")
    if not isinstance(shape, list) or not all(type(size) is int and size >= 0 for size in shape):
        raise ArtifactError(f"has no shape of whole numbers: {str(shape)[:80]}", where=where)
    if not isinstance(data, list):
        raise ArtifactError(
            "has no 'data' in JSON",
            where=where,
            remedy="record tensors as JSON, not in the binary extension",
        )
    require_shape(tuple(shape), given, where)
    return _elements(data, given, tuple(shape), where)


def _elements(data: list[object], given: InputForm, shape: tuple[int, ...], where: str) -> Array:
    flat = _flattened(data, shape)
    if len(flat) != prod(shape):
        raise ArtifactError(
            f"has {len(flat)} elements, its shape {shape} asks for {prod(shape)}", where=where
        )
    dtype = given.datatype.numpy
    wrong = set(map(type, flat)) - _ACCEPTED[dtype.kind]
    if wrong:
        names = " and ".join(sorted(kind.__name__ for kind in wrong))
        raise ArtifactError(f"holds {names} where {given.datatype.protocol} stands", where=where)
    try:
        # The widest type of the kind first: what does not fit the input's own is named then.
        widest = np.array(flat, dtype=_WIDEST[dtype.kind])
    except OverflowError as error:
        raise ArtifactError(
            f"holds an integer that {given.datatype.protocol} cannot", where=where
        ) from error
    return require_lossless(widest, given, where).reshape(shape)


# The protocol's element types, widest of each kind.
_WIDEST = {
    datatype.numpy.kind: datatype.numpy
    for datatype in sorted(BY_PROTOCOL_NAME.values(), key=lambda each: each.numpy.itemsize)
}


def _flattened(data: list[object], shape: tuple[int, ...]) -> list[object]:
    """Take lists apart that are nested as the shape says; leave others as they are."""
    flat = data
    for size in shape[1:]:
        inner = [part for part in flat if isinstance(part, list) and len(part) == size]
        if not inner or len(inner) < len(flat):
            break
        flat = list(chain.from_iterable(inner))
    return flat
