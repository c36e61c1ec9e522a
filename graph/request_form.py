"""The form of a model's requests: names, element types, dimensions, and which of them are rows."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard

import numpy as np
import onnx

from contract.errors import ArtifactError, ExperimentError
from contract.tensor import BY_NUMPY_DTYPE, Datatype
from graph.dimension import Dimension, symbols_of

# What a leading dimension that counts rows is most often called, where not "batch" or like it.
_ROWS = frozenset({"n", "b", "bs"})


@dataclass(frozen=True, slots=True)
class InputForm:
    """What one input takes.

    Attributes
    ----------
    name : str
        The input.
    datatype : Datatype
        Its element type.
    shape : tuple of int or str
        Its dimensions: a size, or a symbol or expression where any size is accepted. One that is
        open and has no name is called by its place: ``x[1]``.
    """

    name: str
    datatype: Datatype
    shape: tuple[Dimension, ...]


@dataclass(frozen=True, slots=True)
class RequestForm:
    """What all inputs of a model take together.

    Attributes
    ----------
    inputs : tuple of InputForm
        In the model's order.
    batch_symbols : frozenset of str
        The open dimensions that count rows; empty where the model leaves none open.
    rows : int or None
        The rows that the model fixes, 1 where it has no dimension for them; None where it takes
        any number.
    batched : bool
        Whether it has a dimension for rows.
    """

    inputs: tuple[InputForm, ...]
    batch_symbols: frozenset[str]
    rows: int | None
    batched: bool

    def batch_axis(self, given: InputForm) -> int | None:
        """Return which axis of an input counts rows, None where none does."""
        if self.batch_symbols:
            axes = (axis for axis, size in enumerate(given.shape) if size in self.batch_symbols)
            return next(axes, None)
        return 0 if self.batched and given.shape else None

    @property
    def symbols(self) -> tuple[str, ...]:
        """The open dimensions that do not count rows."""
        found = (name for form in self.inputs for size in form.shape for name in symbols_of(size))
        return tuple(dict.fromkeys(name for name in found if name not in self.batch_symbols))

    def require_names(self, names: Iterable[str], where: str) -> None:
        """Refuse inputs that are not exactly the model's.

        Raises
        ------
        ArtifactError
            If one is missing or is none of the model's.
        """
        given, wanted = set(names), {form.name for form in self.inputs}
        if given == wanted:
            return
        parts = [
            f"{what}: {', '.join(sorted(found))}"
            for what, found in (("missing", wanted - given), ("not among them", given - wanted))
            if found
        ]
        raise ArtifactError(
            f"the model takes the inputs {', '.join(sorted(wanted))}; {'; '.join(parts)}",
            where=where,
        )

    def require_rows(self, batch: int, model: Path) -> None:
        """Refuse a number of rows that the model cannot take.

        Raises
        ------
        ExperimentError
            If the model fixes another number of rows, or has no dimension for them.
        """
        if self.rows in (None, batch):
            return
        if not self.batched:
            raise ExperimentError(
                f"has no batch dimension, {batch} rows a request are asked for",
                where=str(model),
                remedy="use batch 1",
            )
        raise ExperimentError(
            f"takes {self.rows} rows a request, no more and no fewer; {batch} are asked for",
            where=str(model),
            remedy=f"use batch {self.rows}, or export the model with an open batch dimension",
        )


def request_form(model: onnx.ModelProto, where: str) -> RequestForm:
    """Return the form of a model's requests.

    Which dimension counts rows is not written in an ONNX file. It is taken to be

    1. the open dimension with "batch" in its name, wherever it stands;
    2. else the open leading dimension: of several, the one called ``n``, ``b`` or ``bs``, else the
       one that most inputs share; leading dimensions without a name count rows too;
    3. else, where no leading dimension is open, the size that all inputs and outputs begin with,
       if they share one and an input has a further dimension;
    4. else there is none.

    Parameters
    ----------
    model : ModelProto
        A model; its weights are not needed.
    where : str
        What to name in an error.

    Raises
    ------
    ArtifactError
        If an input is not a tensor, or of an element type that the protocol cannot carry, or
        states no shape.
    """
    weights = {tensor.name for tensor in model.graph.initializer}
    inputs = tuple(
        _input_form(value, where) for value in model.graph.input if value.name not in weights
    )
    symbols = _batch_symbols([form.shape for form in inputs])
    if symbols:
        return RequestForm(inputs, symbols, rows=None, batched=True)
    fixed = _fixed_rows(inputs, model.graph.output)
    return RequestForm(inputs, symbols, rows=fixed or 1, batched=fixed is not None)


def _input_form(value: onnx.ValueInfoProto, where: str) -> InputForm:
    kind = value.type.WhichOneof("value")
    if kind != "tensor_type":
        raise ArtifactError(
            f"input {value.name!r} is no tensor ({kind or 'without a type'}): "
            "the protocol cannot carry it",
            where=where,
        )
    tensor = value.type.tensor_type
    datatype = BY_NUMPY_DTYPE.get(_dtype(tensor.elem_type))
    if datatype is None:
        raise ArtifactError(
            f"input {value.name!r} is of type {_type_name(tensor.elem_type)}, "
            "which the protocol cannot carry",
            where=where,
        )
    if not tensor.HasField("shape"):
        raise ArtifactError(
            f"input {value.name!r} does not say how many dimensions it has",
            where=where,
            remedy="export the model with the shapes of its inputs",
        )
    shape = tuple(_dimension(size, value.name, axis) for axis, size in enumerate(tensor.shape.dim))
    return InputForm(value.name, datatype, shape)


def _dtype(elem_type: int) -> np.dtype[np.generic]:
    try:
        return np.dtype(onnx.helper.tensor_dtype_to_np_dtype(elem_type))
    except KeyError:
        # A number that stands for no element type.
        return np.dtype(np.void)


def _type_name(elem_type: int) -> str:
    names: dict[int, str] = {number: name for name, number in onnx.TensorProto.DataType.items()}
    return names.get(elem_type, str(elem_type))


def _dimension(size: onnx.TensorShapeProto.Dimension, name: str, axis: int) -> Dimension:
    if size.HasField("dim_value") and size.dim_value >= 0:
        return int(size.dim_value)
    return str(size.dim_param) or f"{name}[{axis}]"


def _batch_symbols(shapes: Sequence[tuple[Dimension, ...]]) -> frozenset[str]:
    symbols = [[size for size in shape if _is_symbol(size)] for shape in shapes]
    named = Counter(size for sizes in symbols for size in sizes if "batch" in size.lower())
    if not named:
        leading = [shape[0] for shape in shapes if shape and _is_symbol(shape[0])]
        named = Counter([size for size in leading if size.lower() in _ROWS] or leading)
    chosen = {symbol for symbol, _ in named.most_common(1)}
    # Rows are counted once in an input.
    return frozenset(
        chosen.union(
            shape[0] for shape in shapes if _begins_unnamed(shape) and not chosen & set(shape)
        )
    )


def _is_symbol(size: Dimension) -> TypeGuard[str]:
    return isinstance(size, str) and symbols_of(size) == (size,) and not size.endswith("]")


def _begins_unnamed(shape: tuple[Dimension, ...]) -> TypeGuard[tuple[str, ...]]:
    return bool(shape) and isinstance(shape[0], str) and shape[0].endswith("[0]")


def _fixed_rows(inputs: Sequence[InputForm], outputs: Sequence[onnx.ValueInfoProto]) -> int | None:
    leading = {form.shape[0] if form.shape else None for form in inputs}
    for value in outputs:
        tensor = value.type.tensor_type
        if tensor.HasField("shape"):
            leading.add(tensor.shape.dim[0].dim_value if tensor.shape.dim else None)
    has_more = any(len(form.shape) > 1 for form in inputs)
    (rows, *others) = leading or {None}
    return rows if isinstance(rows, int) and rows and has_more and not others else None
