"""An infer request: from the body's bytes to tensors that fit the model."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from contract.errors import InvalidRequestError
from serve.codec.infer_head import InferHead, Shapes, WantedOutput
from serve.codec.infer_json import raw_head, raw_input, read_head
from serve.codec.recent import Recent
from serve.codec.signature import Signature
from serve.codec.tensor_binary import text_from_bytes
from serve.codec.tensor_shape import checked_shape

Array = npt.NDArray[np.generic]

JSON_LENGTH_HEADER = "Inference-Header-Content-Length"
# Longer heads are read anew each time; with the number of heads kept (`Signature.known_heads`)
# this bounds the memory they take.
_LONGEST_KEPT_BYTES = 1024
_KEPT_ANSWER_HEADS = 8
# Clients put the id first, where they send one. It is taken off before a head is looked up, so
# heads that differ in it alone are one. (An id with an escape in it stays where it is.)
_LEADING_ID = re.compile(rb'\{\s*"id"\s*:\s*"([ !#-\[\]-~]*)"\s*,')


class InferRequest(NamedTuple):
    """A request that has been checked against the model.

    A named tuple, because one is made for every request.

    Attributes
    ----------
    request_id : str or None
        To be echoed.
    inputs : dict of str to ndarray
        Every input of the model.
    outputs : tuple of WantedOutput
        What to answer with, in this order.
    timeout_us : int or None
        How long the client would have it wait, in microseconds, if it said so.
    answer_heads : Recent or None
        As in `InferHead`; None for a request with an id, which its answer's JSON part repeats.
    """

    request_id: str | None
    inputs: dict[str, Array]
    outputs: tuple[WantedOutput, ...]
    timeout_us: int | None = None
    answer_heads: Recent[Shapes, bytes] | None = None


def decode_request(
    body: bytes | bytearray | memoryview, json_bytes: int | None, signature: Signature
) -> InferRequest:
    """Read a request's body.

    Parameters
    ----------
    body : bytes-like
        The whole body: JSON, and binary tensors after it. The tensors may be views on it.
    json_bytes : int or None
        The length of the JSON part; None: all of it. 0: the body is the raw bytes of the
        model's one input, and outputs are answered as binary data.
    signature : Signature
        The model's inputs and outputs, and heads that were seen before.

    Raises
    ------
    InvalidRequestError
        If the body does not follow the protocol or does not fit the model.
    """
    if json_bytes is None:
        head = read_head(bytes(body), signature)
        return _with_tensors(head, head.request_id, body, len(body))
    if json_bytes > len(body):
        raise InvalidRequestError(
            f"says {json_bytes}, but the body has {len(body)} bytes", where=JSON_LENGTH_HEADER
        )
    if json_bytes == 0:
        return _raw_request(body, signature)
    text = bytes(body[:json_bytes])
    leading = _LEADING_ID.match(text)
    if leading is None:
        request_id, key = None, text
    else:
        request_id, key = leading[1].decode(), b"{" + text[leading.end() :]
    known = signature.known_heads.get(key)
    if known is not None:
        return _with_tensors(known, request_id, body, json_bytes)
    head = read_head(text, signature)
    if len(key) <= _LONGEST_KEPT_BYTES and not head.arrays:
        _keep(key, head if key is text else read_head(key, signature), signature)
    return _with_tensors(head, head.request_id, body, json_bytes)


def _keep(key: bytes | int, head: InferHead, signature: Signature) -> None:
    """Keep a head for the requests to come, unless it is one request's alone."""
    if head.request_id is None:
        of_shapes_alone = all(
            output.binary and signature.outputs[output.name].datatype != "BYTES"
            for output in head.outputs
        )
        answer_heads = Recent[Shapes, bytes](_KEPT_ANSWER_HEADS) if of_shapes_alone else None
        signature.known_heads.put(key, replace(head, answer_heads=answer_heads))


def _with_tensors(
    head: InferHead, request_id: str | None, body: bytes | bytearray | memoryview, start: int
) -> InferRequest:
    """Read the binary tensors that follow a head's JSON."""
    if head.binary_size != len(body) - start:
        raise _wrong_size(head, len(body) - start)
    inputs = head.arrays.copy()
    for name, tensor in head.binary.items():
        try:
            inputs[name] = tensor.read(body, start)
        except InvalidRequestError as error:
            error.where = f"input {name!r}"
            raise
        start += tensor.size
    answer_heads = head.answer_heads if request_id is None else None
    return InferRequest(request_id, inputs, head.outputs, head.timeout_us, answer_heads)


def _wrong_size(head: InferHead, left: int) -> InvalidRequestError:
    for name, tensor in head.binary.items():
        if tensor.size > left:
            return InvalidRequestError(
                f"'binary_data_size' is {tensor.size}, only {left} bytes are left",
                where=f"input {name!r}",
                remedy=f"is the header {JSON_LENGTH_HEADER} right?",
            )
        left -= tensor.size
    return InvalidRequestError(f"{left} bytes are left after the last tensor")


def _raw_request(body: bytes | bytearray | memoryview, signature: Signature) -> InferRequest:
    """Take the whole body as the one input's data."""
    head = signature.known_heads.get(len(body))
    if head is None:
        spec = raw_input(signature)
        if spec.datatype == "BYTES":
            # One element, without its length: the body's own is known.
            shape = checked_shape([1] * len(spec.shape), spec)
            text = np.array([text_from_bytes(memoryview(body))], dtype=object).reshape(shape)
            return InferRequest(None, {spec.name: text}, signature.all_binary)
        head = raw_head(len(body), signature)
        _keep(len(body), head, signature)
    return _with_tensors(head, None, body, 0)
