"""JSON that clients send, parsed without a Python object for every number.

simdjson finds a request's structure and leaves the numbers of ``data`` in its own memory until
they are copied out at once as a NumPy array (`serve.codec.tensor_json`). Beside parsing to lists
and converting these, that takes half of the time for 784 floats and a third or less for 64 times
as many. What that way cannot do without doubt (names that are there twice, numbers beyond 64 bits,
inputs that are not lists) goes to orjson, and so does what is not JSON: one parser decides, and
its message is the one clients read.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson
import simdjson

from contract.errors import InvalidRequestError

JsonObject = dict[str, Any]

# pysimdjson's `Array.as_list` trusts a count that the parser cuts off at 2**24 - 1; an array
# that long takes 32 MiB.
_MOST_BYTES = 24 * 1024 * 1024
# simdjson finds a name by looking through all of an object's: many would take quadratic time.
_MOST_NAMES = 16
_MOST_INPUTS = 64


@dataclass(frozen=True, slots=True)
class PackedData:
    """An input's ``data``, parsed and not yet converted.

    Attributes
    ----------
    array : simdjson.Array
        The elements, flat or nested.
    inner_arrays : int
        How many arrays may lie within all inputs' ``data`` of this document; 0: this one is
        flat for certain. Strings that hold a "[" are counted too, so it is a bound.
    """

    array: simdjson.Array
    inner_arrays: int


class _DoubtfulError(ValueError):
    """A document that orjson shall read."""


def parse_document(text: bytes) -> object:
    """Parse JSON.

    Parameters
    ----------
    text : bytes
        A whole JSON document.

    Returns
    -------
    object
        What stood there; each ``data`` of the object's ``inputs`` may be a `PackedData`.

    Raises
    ------
    InvalidRequestError
        If it is not JSON.
    """
    if len(text) <= _MOST_BYTES:
        try:
            return _packed(text)
        # ValueError: doubtful, or not JSON, or not UTF-8; RuntimeError: nested too deep.
        except (ValueError, RuntimeError):
            pass
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise InvalidRequestError(f"the body is not JSON: {error}") from error


def _packed(text: bytes) -> JsonObject:
    # A new parser each time: its memory goes with the document's, whatever size that had.
    document = _fields(simdjson.Parser().parse(text))
    entries = document.get("inputs")
    if type(entries) is not simdjson.Array or len(entries) > _MOST_INPUTS:
        raise _DoubtfulError
    inputs = [_fields(entry) for entry in entries]
    del document["inputs"]
    arrays = 1 + _unpack(document) + sum([_unpack(entry) for entry in inputs])
    document["inputs"] = inputs
    inner_arrays = text.count(b"[") - arrays
    for entry in inputs:
        data = entry.get("data")
        if type(data) is simdjson.Array:
            entry["data"] = PackedData(data, inner_arrays)
    return document


def _fields(value: object) -> JsonObject:
    if type(value) is not simdjson.Object or len(value) > _MOST_NAMES:
        raise _DoubtfulError
    names = list(value)
    # pysimdjson looks a name up to its first NUL only.
    if len(set(names)) != len(names) or "\0" in "".join(names):
        raise _DoubtfulError
    return {name: value[name] for name in names}


def _unpack(fields: JsonObject) -> int:
    """Make Python objects of all fields but ``data``; return how many of the fields are arrays."""
    arrays = 0
    for name, value in fields.items():
        if type(value) is simdjson.Array:
            arrays += 1
            if name != "data":
                fields[name] = value.as_list()
        elif type(value) is simdjson.Object:
            fields[name] = value.as_dict()
    return arrays
