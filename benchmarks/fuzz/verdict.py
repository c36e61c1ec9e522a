"""Whether an answer is one that the server may give."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.fuzz.exchange import Answer, Body, Expected, FindingError, Refusal, Result
from contract.tensor import BY_PROTOCOL_NAME

Array = npt.NDArray[np.generic]

_JSON_LENGTH = "inference-header-content-length"
_JSON_TYPES: dict[str, set[type]] = {
    "b": {bool},
    "i": {int},
    "u": {int},
    "f": {int, float},
    "O": {str},
}
# Overload and deadlines: intended, though no request here should meet them.
_INTENDED_5XX = frozenset({503, 504})


def require_form(answer: Answer) -> None:
    """Check what holds for every answer: no defect, and errors in the protocol's form.

    Raises
    ------
    FindingError
        If it does not hold.
    """
    if answer.status >= 500 and answer.status not in _INTENDED_5XX:
        raise FindingError(f"{answer.status}: {answer.body[:500]!r}")
    if answer.status < 400:
        return
    if answer.headers.get("content-type") != "application/json":
        raise FindingError(f"an error that is not JSON: {answer}")
    if answer.to_head:
        return
    document = _loaded(answer.body)
    if not isinstance(document, dict) or list(document) != ["error"]:
        raise FindingError(f"not an error of the protocol's: {answer.body[:500]!r}")
    if not isinstance(document["error"], str) or not document["error"]:
        raise FindingError(f"an error that says nothing: {answer.body[:500]!r}")


def require_as(answer: Answer, expected: Expected) -> None:
    """Check an answer, whose form is right, against what is expected.

    Raises
    ------
    FindingError
        If they differ.
    """
    if isinstance(expected, Refusal):
        if not 400 <= answer.status < 500:
            raise FindingError(f"{answer.status} and not refused: {answer.body[:500]!r}")
    elif isinstance(expected, Body):
        if (answer.status, answer.body) != (200, expected.body):
            raise FindingError(f"{answer.status}: {answer.body[:500]!r}")
    elif isinstance(expected, Result):
        if answer.status != 200:
            raise FindingError(f"{answer.status} for a valid request: {answer.body[:500]!r}")
        _require_result(answer, expected)
    elif answer.status == 200:
        read_tensors(answer)
    elif answer.status < 400:
        raise FindingError(f"{answer.status} is no answer to an infer request")


def read_tensors(answer: Answer) -> tuple[dict[str, Any], list[tuple[str, Array, bool]]]:
    """Read an infer answer by the protocol.

    Returns
    -------
    dict
        The JSON part.
    list of (str, ndarray, bool)
        Its outputs: name, tensor, whether it came as binary data.

    Raises
    ------
    FindingError
        If it does not follow the protocol.
    """
    declared = answer.headers.get(_JSON_LENGTH)
    end = len(answer.body) if declared is None else int(declared)
    document = _loaded(answer.body[:end])
    rest = answer.body[end:]
    tensors = []
    try:
        for output in document["outputs"]:
            size = output.get("parameters", {}).get("binary_data_size")
            if size is None:
                array = _from_json(output)
            else:
                array, rest = _from_bytes(output, rest[:size], size), rest[size:]
            tensors.append((output["name"], array, size is not None))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise FindingError(f"no infer answer ({error!r}): {answer.body[:500]!r}") from error
    if rest:
        raise FindingError(f"{len(rest)} bytes after the last tensor")
    binary = any(is_binary for _, _, is_binary in tensors)
    media = "application/octet-stream" if binary else "application/json"
    if answer.headers.get("content-type") != media or binary != (declared is not None):
        raise FindingError(f"headers that belie the body: {answer.headers}")
    return document, tensors


def _require_result(answer: Answer, expected: Result) -> None:
    document, tensors = read_tensors(answer)
    if document.get("id") != expected.request_id:
        raise FindingError(f"id {document.get('id')!r} and not {expected.request_id!r}")
    names = [name for name, _, _ in tensors]
    if names != [name for name, _ in expected.arrays]:
        raise FindingError(f"other outputs: {names}")
    for (name, array, binary), (_, wanted), as_binary in zip(
        tensors, expected.arrays, expected.binary, strict=True
    ):
        if binary != as_binary:
            raise FindingError(f"output {name!r}: binary is {binary}")
        if (array.dtype, array.shape) != (wanted.dtype, wanted.shape):
            raise FindingError(f"output {name!r}: {array.dtype}{list(array.shape)}")
        if not _agree(array, wanted, expected.relative_tolerance):
            raise FindingError(f"output {name!r}: {array!r} and not {wanted!r}")


def _agree(array: Array, wanted: Array, relative_tolerance: float) -> bool:
    if relative_tolerance:
        return np.allclose(
            array, wanted, rtol=relative_tolerance, atol=relative_tolerance, equal_nan=True
        )
    if array.dtype.kind != "f":
        return np.array_equal(array, wanted)
    # Any NaN is as good as another. Of all other values every bit counts, zeros' signs too.
    nan = np.isnan(array)
    return np.array_equal(nan, np.isnan(wanted)) and (
        np.where(nan, 0, array).tobytes() == np.where(nan, 0, wanted).tobytes()
    )


def _loaded(text: bytes) -> Any:  # noqa: ANN401 - JSON
    try:
        return json.loads(text, parse_constant=_no_number)
    except ValueError as error:
        raise FindingError(f"not JSON ({error}): {text[:500]!r}") from error


def _no_number(name: str) -> float:
    raise ValueError(f"{name} is no JSON")


def _from_json(output: dict[str, Any]) -> Array:
    dtype = BY_PROTOCOL_NAME[output["datatype"]].numpy
    if not {type(element) for element in output["data"]} <= _JSON_TYPES[dtype.kind]:
        raise ValueError("elements of another type")
    return np.array(output["data"], dtype=dtype).reshape(output["shape"])


def _from_bytes(output: dict[str, Any], content: bytes, size: int) -> Array:
    dtype = BY_PROTOCOL_NAME[output["datatype"]].numpy
    if len(content) != size:
        raise ValueError("the body ends before the tensor")
    if dtype.kind != "O":
        return np.frombuffer(content, dtype=dtype).reshape(output["shape"])
    elements = []
    while content:
        end = 4 + int.from_bytes(content[:4], "little")
        if len(content) < end:
            raise ValueError("a BYTES element runs past the end")
        elements.append(content[4:end].decode())
        content = content[end:]
    return np.array(elements, dtype=object).reshape(output["shape"])
