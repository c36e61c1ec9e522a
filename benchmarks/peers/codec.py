"""How rows travel to a contender and logits back: one codec a form of body."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import orjson

from benchmarks.peers.example_model import INPUT, OUTPUT, Rows
from benchmarks.peers.http_exchange import HttpAnswer, HttpRequest
from contract.errors import LoadTestError

_JSON = {"Content-Type": "application/json"}
_BYTES = {"Content-Type": "application/octet-stream"}
_LENGTH = "Inference-Header-Content-Length"


@dataclass(frozen=True, slots=True)
class Codec:
    """A form of body.

    Attributes
    ----------
    name : str
        As the tables call it.
    write : callable
        Makes the request for rows, shape (rows, features), sent to a path.
    read : callable
        Returns the logits of an answer, shape (rows, outputs); None where there are none.
    """

    name: str
    write: Callable[[str, Rows], HttpRequest]
    read: Callable[[HttpAnswer], Rows | None]


def check_answer(codec: Codec, answer: HttpAnswer, right: Rows) -> None:
    """Check that an answer is the right one.

    Parameters
    ----------
    codec : Codec
        How to read it.
    answer : HttpAnswer
        What the contender answered.
    right : float32 array
        What ONNX Runtime itself computes for the same rows.

    Raises
    ------
    LoadTestError
        If the status is not 200, or the logits are others.
    """
    if answer.status != 200:
        raise LoadTestError(f"answers status {answer.status}: {answer.body[:200]!r}")
    try:
        logits = codec.read(answer)
    except (ValueError, KeyError, TypeError, IndexError) as error:
        raise LoadTestError(f"the answer cannot be read: {answer.body[:200]!r}") from error
    if logits is None:
        return
    if logits.shape != right.shape or not np.allclose(logits, right, rtol=1e-4, atol=1e-4):
        raise LoadTestError(f"answers other logits than ONNX Runtime: {answer.body[:200]!r}")


def _tensor(rows: Rows, **rest: Any) -> dict[str, Any]:  # noqa: ANN401 - whatever JSON takes
    return {"name": INPUT, "shape": list(rows.shape), "datatype": "FP32", **rest}


def _nothing(path: str, rows: Rows) -> HttpRequest:  # noqa: ARG001 - a GET carries no rows
    return HttpRequest("GET", path)


def _read_nothing(answer: HttpAnswer) -> None:
    if orjson.loads(answer.body) != {}:
        raise ValueError("not {}")


def _binary(path: str, rows: Rows) -> HttpRequest:
    tensor = _tensor(rows, parameters={"binary_data_size": rows.nbytes})
    head = orjson.dumps({"inputs": [tensor], "parameters": {"binary_data_output": True}})
    headers = {**_BYTES, _LENGTH: str(len(head))}
    return HttpRequest("POST", path, headers, head + rows.tobytes())


def _raw(path: str, rows: Rows) -> HttpRequest:
    return HttpRequest("POST", path, {**_BYTES, _LENGTH: "0"}, rows.tobytes())


def _read_binary(answer: HttpAnswer) -> Rows:
    length = int(answer.headers[_LENGTH.lower()])
    (output,) = orjson.loads(answer.body[:length])["outputs"]
    if output["name"] != OUTPUT:
        raise ValueError("another output")
    return np.frombuffer(answer.body[length:], dtype="<f4").reshape(output["shape"])


def _json(path: str, rows: Rows) -> HttpRequest:
    body = {"inputs": [_tensor(rows, data=rows.ravel())]}
    return HttpRequest("POST", path, _JSON, orjson.dumps(body, option=orjson.OPT_SERIALIZE_NUMPY))


def _read_json(answer: HttpAnswer) -> Rows:
    (output,) = orjson.loads(answer.body)["outputs"]
    return np.array(output["data"], dtype=np.float32).reshape(output["shape"])


def _lists(path: str, rows: Rows) -> HttpRequest:
    body = orjson.dumps({"input": rows}, option=orjson.OPT_SERIALIZE_NUMPY)
    return HttpRequest("POST", path, _JSON, body)


def _read_lists(answer: HttpAnswer) -> Rows:
    document = orjson.loads(answer.body)
    lists = document["output"] if isinstance(document, dict) else document
    return np.array(lists, dtype=np.float32)


NO_TENSOR = Codec("none", _nothing, _read_nothing)
"""A GET that is answered with ``{}``."""

BINARY = Codec("binary", _binary, _read_binary)
"""The Open Inference Protocol with binary tensors in and out."""

RAW = Codec("raw", _raw, _read_binary)
"""The protocol's raw form: the body is the one input's bytes."""

OIP_JSON = Codec("JSON", _json, _read_json)
"""The Open Inference Protocol in JSON, the data flat."""

LISTS = Codec("JSON lists", _lists, _read_lists)
"""``{"input": [[...]]}``, for servers that leave the body to their user: the lightest form."""
