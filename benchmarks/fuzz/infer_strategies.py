"""Infer requests that are right, in every form that the protocol knows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from hypothesis import strategies as st

from benchmarks.fuzz.exchange import Exchange, Expected, Refusal, Result
from benchmarks.fuzz.infer_parts import InferParts, JsonObject, tensor_bytes
from benchmarks.fuzz.models import FuzzedModel
from contract.tensor import BY_PROTOCOL_NAME, TensorSpec
from graph.session import zeros

Array = npt.NDArray[np.generic]
Draw = st.DrawFn

_TEXTS = ["", "a", "grüße", "\0", '"', "日本語", "\\", "\N{PILE OF POO}", "x" * 300, "[", "\n"]
_IDS: st.SearchStrategy[str] = st.sampled_from(["7", "", "ü", '"', "a" * 200, "\0\\", "[[["])
_ROWS = st.sampled_from([1, 1, 2, 3, 0, 7, 64])
_STYLES = ("plain", "extremes", "bits")


@dataclass(frozen=True, slots=True)
class ValidRequest:
    """A request that must be answered, and with what.

    Attributes
    ----------
    parts : InferParts
        The request.
    expected : Expected
        A result; a refusal where the model cannot compute the values or JSON not hold them.
    twin : tuple of (InferParts, Expected)
        The same with other values: their JSON parts are often the same bytes.
    """

    parts: InferParts
    expected: Expected
    twin: tuple[InferParts, Expected]

    def exchange(self) -> Exchange:
        """Put the request together."""
        return self.parts.exchange("valid", self.expected)

    def twin_exchange(self) -> Exchange:
        """Put the twin together."""
        parts, expected = self.twin
        return parts.exchange("valid", expected)


@dataclass(frozen=True, slots=True)
class _Form:
    """Everything about a request but its values."""

    model: FuzzedModel
    target: bytes
    form_of: dict[str, str]
    raw: bool
    wanted: tuple[tuple[str, bool], ...]
    rest: JsonObject
    compact: bool

    def filled(self, arrays: dict[str, Array]) -> tuple[InferParts, Expected]:
        """Put values in; return the request and what must come back."""
        expected = _expected(self.model, arrays, self.wanted, self.rest.get("id"))
        if self.raw:
            (array,) = arrays.values()
            tail = tensor_bytes(array)
            return InferParts(self.model, self.target, None, tail, json_length=b"0"), expected
        inputs, tail = _inputs(self.model, arrays, self.form_of)
        # The id first, where clients put it.
        document = {**self.rest, "inputs": inputs}
        parts = InferParts(self.model, self.target, deepcopy(document), tail, compact=self.compact)
        return parts, expected


def valid_requests(models: Sequence[FuzzedModel]) -> st.SearchStrategy[ValidRequest]:
    """Return requests that are right, to any of the models."""
    return _valid_requests(tuple(models))


def plain_request(model: FuzzedModel, kind: str) -> Exchange:
    """Return a plain request to a model: zeros in JSON, counted as of this kind."""
    arrays = zeros(model.inputs)
    target = f"/v2/models/{model.name}/versions/{model.version}/infer".encode()
    wanted = tuple((spec.name, True) for spec in model.outputs)
    rest = {"parameters": {"binary_data_output": True}}
    flat = dict.fromkeys(arrays, "flat")
    form = _Form(model, target, flat, raw=False, wanted=wanted, rest=rest, compact=False)
    parts, expected = form.filled(arrays)
    return parts.exchange(kind, expected)


@st.composite
def _valid_requests(draw: Draw, models: tuple[FuzzedModel, ...]) -> ValidRequest:
    model = draw(st.sampled_from(models))
    generator = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    # Where only the gist of a sum can be compared, it must have one.
    style = "plain" if model.relative_tolerance else draw(st.sampled_from(_STYLES))
    rows = draw(_ROWS)
    form = _form(draw, model)

    def values() -> dict[str, Array]:
        return {
            spec.name: _VALUES[BY_PROTOCOL_NAME[spec.datatype].numpy.kind](
                generator,
                BY_PROTOCOL_NAME[spec.datatype].numpy,
                tuple(rows if size < 0 else size for size in spec.shape),
                style,
                form.form_of[spec.name] != "binary",
            )
            for spec in model.inputs
        }

    parts, expected = form.filled(values())
    return ValidRequest(parts, expected, form.filled(values()))


def _form(draw: Draw, model: FuzzedModel) -> _Form:
    target = _target(draw, model)
    if _can_be_raw(model) and draw(st.integers(0, 7)) == 0:
        wanted = tuple((spec.name, True) for spec in model.outputs)
        binary = {spec.name: "binary" for spec in model.inputs}
        return _Form(model, target, binary, raw=True, wanted=wanted, rest={}, compact=False)
    forms = st.sampled_from(["binary", "binary", "flat", "nested"])
    form_of = {spec.name: draw(forms) for spec in model.inputs}
    request_id = draw(st.none() | _IDS)
    rest: JsonObject = {} if request_id is None else {"id": request_id}
    wanted = _outputs(draw, model, rest)
    return _Form(
        model, target, form_of, raw=False, wanted=wanted, rest=rest, compact=draw(st.booleans())
    )


def _target(draw: Draw, model: FuzzedModel) -> bytes:
    version = f"/versions/{model.version}"
    # Without its version the highest is meant: the models named `versions` need it.
    if model.name != "versions" and draw(st.booleans()):
        version = ""
    return f"/v2/models/{model.name}{version}/infer".encode()


def _can_be_raw(model: FuzzedModel) -> bool:
    (spec, *others) = model.inputs
    return not others and spec.datatype != "BYTES" and spec.shape.count(-1) <= 1


def _inputs(
    model: FuzzedModel, arrays: dict[str, Array], form_of: dict[str, str]
) -> tuple[list[JsonObject], bytes]:
    entries = []
    tail = b""
    for spec in model.inputs:
        array, form = arrays[spec.name], form_of[spec.name]
        entry = _entry(spec, array)
        if form == "binary":
            content = tensor_bytes(array)
            entry["parameters"] = {"binary_data_size": len(content)}
            tail += content
        else:
            nested = form == "nested" and array.ndim > 1
            entry["data"] = array.tolist() if nested else array.ravel().tolist()
        entries.append(entry)
    return entries, tail


def _entry(spec: TensorSpec, array: Array) -> JsonObject:
    return {"name": spec.name, "shape": list(array.shape), "datatype": spec.datatype}


def _outputs(draw: Draw, model: FuzzedModel, document: JsonObject) -> tuple[tuple[str, bool], ...]:
    """Ask for outputs; return their names and whether each comes as binary data."""
    default = draw(st.none() | st.booleans())
    if default is not None:
        document["parameters"] = {"binary_data_output": default}
    names = [spec.name for spec in model.outputs]
    if draw(st.booleans()):
        return tuple((name, bool(default)) for name in names)
    chosen = draw(st.lists(st.sampled_from(names), min_size=1, unique=True))
    wanted: list[tuple[str, bool]] = []
    document["outputs"] = []
    for name in chosen:
        binary = draw(st.none() | st.booleans())
        entry: JsonObject = {"name": name}
        if binary is not None:
            entry["parameters"] = {"binary_data": binary}
        document["outputs"].append(entry)
        wanted.append((name, bool(default) if binary is None else binary))
    return tuple(wanted)


def _expected(
    model: FuzzedModel,
    arrays: dict[str, Array],
    wanted: tuple[tuple[str, bool], ...],
    request_id: str | None,
) -> Expected:
    computed = model.compute(arrays)
    if computed is None:
        return Refusal()
    outputs = tuple((name, computed[name]) for name, _ in wanted)
    for (_, array), (_, binary) in zip(outputs, wanted, strict=True):
        if not binary and array.dtype.kind == "f" and not np.isfinite(array).all():
            return Refusal()
    flags = tuple(binary for _, binary in wanted)
    return Result(request_id, outputs, flags, model.relative_tolerance)


def _booleans(
    generator: np.random.Generator, dtype: np.dtype[Any], shape: tuple[int, ...], *_: object
) -> Array:
    return generator.integers(0, 2, shape).astype(dtype)


def _integers(
    generator: np.random.Generator,
    dtype: np.dtype[Any],
    shape: tuple[int, ...],
    style: str,
    _finite: bool,  # noqa: FBT001 - one signature for all kinds
) -> Array:
    limits = np.iinfo(dtype)
    if style == "plain":
        # What `gather` has rows for, mostly.
        return generator.integers(0, 4, shape).astype(dtype)
    if style == "extremes":
        return generator.choice(np.array([limits.min, limits.max, 0, 1], dtype=dtype), shape)
    return generator.integers(limits.min, limits.max, shape, dtype=dtype, endpoint=True)


def _floats(
    generator: np.random.Generator,
    dtype: np.dtype[Any],
    shape: tuple[int, ...],
    style: str,
    finite: bool,  # noqa: FBT001 - one signature for all kinds
) -> Array:
    if style == "plain":
        return generator.standard_normal(shape).astype(dtype)
    if style == "extremes":
        facts = np.finfo(dtype)
        numbers = [0.0, -0.0, 1.0, facts.max, facts.min, facts.tiny, facts.smallest_subnormal]
        if not finite:
            numbers += [np.nan, np.inf, -np.inf]
        return generator.choice(np.array(numbers, dtype=dtype), shape)
    content = generator.bytes(int(np.prod(shape)) * dtype.itemsize)
    array: Array = np.frombuffer(content, dtype=dtype).reshape(shape)
    return np.where(np.isfinite(array), array, dtype.type(1.5)) if finite else array


def _texts(
    generator: np.random.Generator, dtype: np.dtype[Any], shape: tuple[int, ...], *_: object
) -> Array:
    return generator.choice(np.array(_TEXTS, dtype=dtype), shape)


_VALUES: dict[str, Callable[..., Array]] = {
    "b": _booleans,
    "i": _integers,
    "u": _integers,
    "f": _floats,
    "O": _texts,
}
