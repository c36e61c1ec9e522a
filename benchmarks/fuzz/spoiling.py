"""Infer requests that are right but for one to three things.

Each `Spoiler` changes one thing of a request and tells whether the request is wrong for
certain now; what is only doubtful may be answered or refused.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from hypothesis import strategies as st

from benchmarks.fuzz.exchange import Exchange, Refusal, Whatever
from benchmarks.fuzz.infer_parts import InferParts, JsonObject
from benchmarks.fuzz.infer_strategies import valid_requests
from benchmarks.fuzz.models import FuzzedModel
from benchmarks.fuzz.odd_json import (
    CANNOT_BE,
    CODINGS,
    DEPTHS,
    HUGE,
    LENGTHS,
    MEDIA,
    NUMBERS,
    ODD,
    PARAMETERS,
    SIZES,
)

Draw = st.DrawFn
Spoiler = Callable[[Draw, InferParts], bool]


def spoiled_requests(models: Sequence[FuzzedModel]) -> st.SearchStrategy[Exchange]:
    """Return requests to any of the models that are wrong, or nearly."""
    return _spoiled_requests(valid_requests(models))


@st.composite
def _spoiled_requests(draw: Draw, valid: st.SearchStrategy[Any]) -> Exchange:
    parts: InferParts = draw(valid).parts
    spoilers = draw(st.lists(st.sampled_from(_SPOILERS), min_size=1, max_size=3))
    wrong = [spoil(draw, parts) for spoil in spoilers]
    # Two wrongs may make a right: a byte too few, and one too many.
    return parts.exchange("spoiled", Refusal() if wrong == [True] else Whatever())


def _entry(draw: Draw, parts: InferParts, of: str = "inputs") -> JsonObject | None:
    """Return one of the request's inputs or outputs, if it has any."""
    entries = parts.document.get(of) if isinstance(parts.document, dict) else None
    if not isinstance(entries, list):
        return None
    tensors = [entry for entry in entries if isinstance(entry, dict)]
    return draw(st.sampled_from(tensors)) if tensors else None


def _lie_about_the_json(draw: Draw, parts: InferParts) -> bool:
    parts.json_length = draw(LENGTHS)
    return False


def _shift_the_json(draw: Draw, parts: InferParts) -> bool:
    length = len(parts.head()) + draw(st.sampled_from([-9, -1, 1, 2, 4, 12, 10**6, 2**31, 10**14]))
    parts.json_length = b"%d" % length
    return False


def _cut(draw: Draw, parts: InferParts) -> bool:
    if not parts.tail:
        return False
    parts.tail = parts.tail[: -draw(st.integers(1, len(parts.tail)))]
    return parts.document is not None


def _append(draw: Draw, parts: InferParts) -> bool:
    parts.tail += draw(st.binary(min_size=1, max_size=9))
    return parts.document is not None


def _flip(draw: Draw, parts: InferParts) -> bool:
    if parts.tail:
        at = draw(st.integers(0, len(parts.tail) - 1))
        flipped = parts.tail[at] ^ draw(st.integers(1, 255))
        parts.tail = parts.tail[:at] + bytes([flipped]) + parts.tail[at + 1 :]
    return False


def _lie_about_a_size(draw: Draw, parts: InferParts) -> bool:
    entry = _entry(draw, parts)
    if entry is not None:
        entry["parameters"] = {"binary_data_size": draw(SIZES | ODD)}
    return False


def _another_shape(draw: Draw, parts: InferParts) -> bool:
    entry = _entry(draw, parts)
    if entry is not None:
        long = st.sampled_from([[1] * 1000, [0] * 100_000, [2**63] * 100])
        entry["shape"] = draw(st.lists(SIZES, max_size=4) | st.lists(ODD, max_size=3) | ODD | long)
    return False


def _an_overflowing_shape(draw: Draw, parts: InferParts) -> bool:
    entry = _entry(draw, parts)
    if entry is None or not isinstance(entry.get("shape"), list) or not entry["shape"]:
        return False
    entry["shape"] = [draw(st.sampled_from(HUGE)) for _ in entry["shape"]]
    return True


def _another_datatype(draw: Draw, parts: InferParts) -> bool:
    entry = _entry(draw, parts)
    if entry is None:
        return False
    before = entry.get("datatype")
    entry["datatype"] = draw(st.sampled_from(["FP32", "INT8", "BYTES", "fp32", "BF16"]) | ODD)
    return bool(entry["datatype"] != before)


def _another_name(draw: Draw, parts: InferParts) -> bool:
    entry = _entry(draw, parts, draw(st.sampled_from(["inputs", "outputs"])))
    if entry is None:
        return False
    before = entry.get("name")
    entry["name"] = draw(ODD | st.just("'; DROP TABLE models; --") | st.text(max_size=5))
    return bool(entry["name"] != before)


def _an_odd_element(draw: Draw, parts: InferParts) -> bool:
    entry = _entry(draw, parts)
    data = None if entry is None else entry.get("data")
    if isinstance(data, list) and data:
        at = draw(st.integers(0, len(data) - 1))
        data[at] = parts.verbatim(draw(NUMBERS)) if draw(st.booleans()) else draw(ODD)
    return False


def _an_element_that_cannot_be(draw: Draw, parts: InferParts) -> bool:
    """Put an element among the data that its datatype does not hold."""
    entry = _entry(draw, parts)
    level = None if entry is None else entry.get("data")
    while isinstance(level, list) and level and isinstance(level[0], list):
        level = level[0]
    if entry is None or not isinstance(level, list) or not level:
        return False
    cannot = CANNOT_BE.get(str(entry.get("datatype")))
    if cannot is None:
        return False
    level[draw(st.integers(0, len(level) - 1))] = draw(st.sampled_from(cannot))
    return True


def _other_data(draw: Draw, parts: InferParts) -> bool:
    entry = _entry(draw, parts)
    if entry is not None:
        entry["data"] = draw(ODD | st.lists(ODD, max_size=4))
    return False


def _deep(draw: Draw, parts: InferParts) -> bool:
    depth = draw(DEPTHS)
    opening, closing = draw(st.sampled_from([("[", "]"), ('{"a":', "}"), ('[{"data":', "}]")]))
    inner = draw(st.sampled_from(["", "0"])) if opening == "[" else "0"
    closed = draw(st.booleans())
    text = parts.verbatim(opening * depth + inner + (closing * depth if closed else ""))
    if isinstance(parts.document, dict):
        where = draw(st.sampled_from(["data", "id", "parameters", "inputs", "x"]))
        entry = _entry(draw, parts)
        if where == "data" and entry is not None:
            entry["data"] = text
        else:
            parts.document[where] = text
    return False


def _another_field(draw: Draw, parts: InferParts) -> bool:
    if isinstance(parts.document, dict):
        name = draw(st.sampled_from(["id", "inputs", "outputs", "parameters", "x", ""]))
        parts.document[name] = draw(ODD)
    return False


def _a_field_less(draw: Draw, parts: InferParts) -> bool:
    if not isinstance(parts.document, dict):
        return False
    entry = _entry(draw, parts)
    fields = entry if entry is not None and draw(st.booleans()) else parts.document
    if fields:
        fields.pop(draw(st.sampled_from(sorted(fields))))
    return False


def _twice(draw: Draw, parts: InferParts) -> bool:
    where = draw(st.sampled_from(["inputs", "outputs"]))
    entry = _entry(draw, parts, where)
    if entry is not None:
        parts.document[where] = [*parts.document[where], *[dict(entry)] * draw(st.integers(1, 70))]
    return entry is not None


def _names_twice(draw: Draw, parts: InferParts) -> bool:
    """Give an object a name twice: parsers differ in which of them they take."""
    if isinstance(parts.document, dict):
        name = draw(st.sampled_from(["id", "inputs", "parameters"]))
        value = draw(st.sampled_from(['"7"', "7", "[]", "{}", "null"]))
        parts.document["x"] = parts.verbatim(f'0, "{name}": {value}')
    return False


def _odd_parameters(draw: Draw, parts: InferParts) -> bool:
    entry = _entry(draw, parts, draw(st.sampled_from(["inputs", "outputs"])))
    fields = parts.document if entry is None or draw(st.booleans()) else entry
    if isinstance(fields, dict):
        fields["parameters"] = draw(PARAMETERS)
    return False


def _another_document(draw: Draw, parts: InferParts) -> bool:
    parts.document = draw(ODD)
    return parts.document is not None and parts.json_length is None


def _no_json(draw: Draw, parts: InferParts) -> bool:
    texts = ["", "{", "}", "{}{}", "\ufeff{}", "nul", '{"a"}', "{'a': 1}", "\0", "[" * 2000, '"']
    text = draw(st.sampled_from(texts))
    parts.document = parts.verbatim(text)
    # With no JSON at all, what follows is a raw body, which may fit.
    return bool(text) and parts.json_length is None


def _random_bytes(draw: Draw, parts: InferParts) -> bool:
    parts.tail = draw(st.binary(max_size=200))
    return False


def _another_header(draw: Draw, parts: InferParts) -> bool:
    name, values = draw(
        st.sampled_from(
            [
                (b"Content-Type", MEDIA),
                (b"Content-Encoding", CODINGS),
                (b"Inference-Header-Content-Length", LENGTHS),
                (b"X-Server-Timing", st.sampled_from([b"1", b"0", b"", b"11"])),
                (b"Accept", MEDIA),
                (b"Accept-Encoding", CODINGS),
                (b"Authorization", st.sampled_from([b"Bearer x", b"Basic eDp4", b"", b"\xff"])),
                (b"Origin", st.sampled_from([b"null", b"http://evil.example", b"", b"\xff"])),
                (b"Sec-Fetch-Site", st.sampled_from([b"cross-site", b"none", b"same-origin", b""])),
                (b"Cookie", st.just(b"a=b; " * 200)),
                (b"X-Forwarded-Host", st.just(b"evil.example")),
            ]
        )
    )
    parts.headers.append((name, draw(values)))
    return False


def _another_target(draw: Draw, parts: InferParts) -> bool:
    name = parts.model.name.encode()
    parts.target = draw(
        st.sampled_from(
            [
                b"/v2/models/%b/versions/%d/infer" % (name, 10**30),
                b"/v2/models/%b/versions/01/infer" % name,
                b"/v2/models/%b/versions/-1/infer" % name,
                b"/v2/models/%b/versions//infer" % name,
                b"/v2/models/%b/infer/" % name,
                b"/v2/models/%b/infer?version=1" % name,
                b"/v2/models/%b/infer#x" % name,
                b"/v2/models/%b/generate" % name,
                b"/v2//models/%b/infer" % name,
                b"/v2/models/%b%%2finfer" % name,
                b"/v2/models/nowhere/infer",
                b"/V2/models/%b/infer" % name,
                b"/v2/models/%b/infer" % (name * 400),
            ]
        )
    )
    return False


_SPOILERS: tuple[Spoiler, ...] = (
    _lie_about_the_json,
    _shift_the_json,
    _cut,
    _append,
    _flip,
    _lie_about_a_size,
    _another_shape,
    _an_overflowing_shape,
    _another_datatype,
    _another_name,
    _an_odd_element,
    _an_element_that_cannot_be,
    _other_data,
    _deep,
    _another_field,
    _a_field_less,
    _twice,
    _names_twice,
    _odd_parameters,
    _another_document,
    _no_json,
    _random_bytes,
    _another_header,
    _another_target,
)
