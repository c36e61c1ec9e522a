"""An infer request in parts that can be spoiled one by one before it is put together."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from benchmarks.fuzz.exchange import Exchange, Expected
from benchmarks.fuzz.models import FuzzedModel

Array = npt.NDArray[np.generic]
JsonObject = dict[str, Any]

JSON_LENGTH = b"Inference-Header-Content-Length"


@dataclass(slots=True)
class InferParts:
    """A request.

    Attributes
    ----------
    model : FuzzedModel
        What is asked.
    target : bytes
        The path.
    document : Any
        The JSON part; None for a raw body.
    tail : bytes
        What follows it.
    json_length : bytes or None
        The header's value in place of the true one; ``b""``: the header is left out.
    headers : list of (bytes, bytes)
        Further headers.
    raw : dict of str to str
        What is put in place of a string of the JSON, quotes included: for text that is no
        JSON, or that Python's writer would not write.
    compact : bool
        Whether the JSON is written without spaces and with all characters as they are.
    """

    model: FuzzedModel
    target: bytes
    document: Any
    tail: bytes = b""
    json_length: bytes | None = None
    headers: list[tuple[bytes, bytes]] = field(default_factory=list)
    raw: dict[str, str] = field(default_factory=dict)
    compact: bool = False

    def verbatim(self, text: str) -> str:
        """Return a string that becomes this text where the JSON is written."""
        token = f"\x00{len(self.raw)}\x00"
        self.raw[token] = text
        return token

    def head(self) -> bytes:
        """Write the JSON part."""
        if self.document is None:
            return b""
        text = json.dumps(
            self.document,
            ensure_ascii=not self.compact,
            separators=(",", ":") if self.compact else None,
        )
        for token, raw in self.raw.items():
            text = text.replace(json.dumps(token), raw)
        return text.encode("utf-8", "surrogatepass")

    def exchange(self, kind: str, expected: Expected) -> Exchange:
        """Put the request together."""
        head = self.head()
        length = b"%d" % len(head) if self.json_length is None else self.json_length
        # Without binary data the header may be left out.
        named = self.json_length is not None or self.tail or self.document is None
        headers = [*self.headers, (JSON_LENGTH, length)] if named and length else self.headers
        return Exchange(kind, b"POST", self.target, tuple(headers), head + self.tail, expected)


def tensor_bytes(array: Array) -> bytes:
    """Write a tensor as binary data."""
    if array.dtype.kind != "O":
        return array.tobytes()
    texts = [element.encode() for element in array.ravel().tolist()]
    return b"".join(len(text).to_bytes(4, "little") + text for text in texts)
