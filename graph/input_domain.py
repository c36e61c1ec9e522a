"""What the integers and booleans that a model takes may be, read off from what it does with them.

An input is followed through the nodes that move its numbers about without changing them, and
through additions of constants, until something is done with them:

- they look up rows of a table (``Gather`` and its like): they must lie within it;
- they are taken for yes and no (a condition, ``1 - mask``, a cast to boolean), or the input is
  called a mask: 0 or 1;
- they become floating-point numbers, or are multiplied as integers: any small numbers will do;
- anything else: 0 or 1, which is most often allowed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import NodeProto, TensorProto, inliner

from contract.errors import ArtifactError
from graph.dimension import Dimension, size_of, symbols_of
from graph.lookup_tables import LookupTables
from graph.request_form import InputForm, RequestForm
from graph.wiring import is_standard

# Their outputs hold numbers of their first input and, some of them, a zero.
_MOVES = (
    *("Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose", "Expand", "Tile"),
    *("Slice", "Split", "Gather", "GatherElements", "GatherND", "Compress", "Pad", "Dropout"),
    *("ReduceMax", "ReduceMin", "Cast", "ScatterElements", "ScatterND"),
)
_CONDITIONS = (
    *("Not", "And", "Or", "Xor", "Equal", "Greater", "GreaterOrEqual", "Less", "LessOrEqual"),
    "If",
)
_INTEGER_PRODUCTS = (
    *("DequantizeLinear", "MatMulInteger", "ConvInteger", "QLinearMatMul", "QLinearConv"),
)
_FLOATS = (TensorProto.FLOAT, TensorProto.FLOAT16, TensorProto.DOUBLE, TensorProto.BFLOAT16)
_LARGEST_NUMBER = 9
# What a graph without end, or one made to take time, is followed for.
_MOST_STEPS = 10_000


@dataclass(frozen=True, slots=True)
class Lookup:
    """One look-up that an input's numbers are used for.

    Attributes
    ----------
    rows : int or str
        How many rows the table has along the axis looked up in.
    least, most : int
        Of the constants that were added to the number before.
    """

    rows: Dimension
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class InputDomain:
    """What one input's integers or booleans may be.

    Attributes
    ----------
    lookups : tuple of Lookup
        What they index; empty where they index nothing.
    is_mask : bool
        Whether they say which part of a row counts.
    is_number : bool
        Whether they are computed with.
    """

    lookups: tuple[Lookup, ...] = ()
    is_mask: bool = False
    is_number: bool = False

    def limits(self, dtype: np.dtype[np.generic], sizes: Mapping[str, int]) -> tuple[int, int]:
        """Return the least and the greatest number.

        Parameters
        ----------
        dtype : np.dtype
            The input's element type.
        sizes : mapping of str to int
            The sizes of open dimensions, which a table may have too.
        """
        if dtype.kind == "b":
            return 0, 1
        information = np.iinfo(dtype.char)
        known = [look for look in self.lookups if set(symbols_of(look.rows)) <= set(sizes)]
        if known:
            low = max(int(information.min), *(-look.least for look in known))
            high = min(
                int(information.max), *(size_of(look.rows, sizes) - 1 - look.most for look in known)
            )
            # Two look-ups that contradict one another: the runtime will say so.
            return low, max(low, high)
        if dtype.itemsize == 1 and (dtype.kind == "u" or self.is_number):
            return int(information.min), int(information.max)
        return 0, _LARGEST_NUMBER if self.is_number else 1


def input_domains(model: onnx.ModelProto, form: RequestForm) -> dict[str, InputDomain]:
    """Return what each input of integers or booleans may hold; nothing is said of other inputs.

    Parameters
    ----------
    model : ModelProto
        A model; weights in side files are not needed.
    form : RequestForm
        The form of its requests.

    Raises
    ------
    ArtifactError
        If it calls functions of its own that cannot be put in their place.
    """
    graph = _without_functions(model).graph
    uses = _uses(graph)
    tables = LookupTables(graph)
    return {
        given.name: _as_drawn(_followed(given.name, uses, tables), given, form)
        if given.datatype.numpy.kind in "biu"
        else InputDomain()
        for given in form.inputs
    }


def _as_drawn(found: InputDomain, given: InputForm, form: RequestForm) -> InputDomain:
    called_mask = "mask" in given.name.lower() or given.datatype.protocol == "BOOL"
    # One for a row, or for all rows: nothing of the row would be left if it had to be yes.
    is_flag = len(given.shape) - 1 in (-1, form.batch_axis(given)) or given.shape[-1] == 1
    is_mask = (found.is_mask or called_mask) and not found.lookups and not is_flag
    return InputDomain(found.lookups, is_mask, found.is_number and not called_mask)


def _without_functions(model: onnx.ModelProto) -> onnx.ModelProto:
    if not model.functions:
        return model
    try:
        return inliner.inline_local_functions(model)
    # The C++ code's exceptions: recursive functions, a function of another operator set.
    except (RuntimeError, ValueError) as error:
        reason = str(error).strip().splitlines()[0]
        raise ArtifactError(f"its functions cannot be put in their place: {reason}") from error


def _uses(graph: onnx.GraphProto) -> dict[str, list[tuple[NodeProto, int]]]:
    """Return who reads each tensor, and as which of its inputs, in subgraphs too."""
    uses: dict[str, list[tuple[NodeProto, int]]] = {}
    graphs = [graph]
    while graphs:
        for node in graphs.pop().node:
            for position, name in enumerate(node.input):
                uses.setdefault(name, []).append((node, position))
            for attribute in node.attribute:
                graphs += [*attribute.graphs, *([attribute.g] if attribute.HasField("g") else [])]
    return uses


@dataclass(frozen=True, slots=True)
class _Place:
    """A tensor that holds an input's numbers, with constants added to them."""

    name: str
    least: int = 0
    most: int = 0
    is_float: bool = False


def _followed(
    name: str, uses: Mapping[str, list[tuple[NodeProto, int]]], tables: LookupTables
) -> InputDomain:
    lookups: set[Lookup] = set()
    is_mask = is_number = False
    waiting, seen = [_Place(name)], {_Place(name)}
    while waiting and len(seen) < _MOST_STEPS:
        place = waiting.pop()
        for node, position in uses.get(place.name, ()):
            rows = tables.rows(node, position)
            lookups.update(Lookup(size, place.least, place.most) for size in rows)
            is_mask |= _is_condition(node, position, tables)
            onward = () if rows else _onward(place, node, position, tables)
            is_number |= is_standard(node, *_INTEGER_PRODUCTS) or (place.is_float and not onward)
            waiting += [new for new in onward if new not in seen]
            seen.update(onward)
    return InputDomain(tuple(lookups), is_mask, is_number)


def _is_condition(node: NodeProto, position: int, tables: LookupTables) -> bool:
    if is_standard(node, *_CONDITIONS) or (is_standard(node, "Where") and position == 0):
        return True
    if is_standard(node, "Cast"):
        return _cast_to(node) == TensorProto.BOOL
    # 1 - mask
    return is_standard(node, "Sub") and position == 1 and tables.constant(node.input[0]) is not None


def _onward(
    place: _Place, node: NodeProto, position: int, tables: LookupTables
) -> tuple[_Place, ...]:
    """Return where a node puts the numbers on; nothing where it does something else with them."""
    least, most, is_float = place.least, place.most, place.is_float
    if is_standard(node, "Add", "Sub") and len(node.input) == 2:
        added = tables.constant(node.input[1 - position])
        if is_float or added is None or added.dtype.kind not in "iu" or not added.size:
            return ()
        if node.op_type == "Sub":
            if position == 1:
                return ()
            added = -added.astype(np.int64)
        least, most = least + int(added.min()), most + int(added.max())
    elif is_standard(node, "Cast"):
        is_float = _cast_to(node) in _FLOATS
    elif not (
        (is_standard(node, *_MOVES) and position == 0)
        or is_standard(node, "Concat")
        or (is_standard(node, "Where") and position > 0)
    ):
        return ()
    return tuple(_Place(output, least, most, is_float) for output in node.output if output)


def _cast_to(node: NodeProto) -> int | None:
    return next((attribute.i for attribute in node.attribute if attribute.name == "to"), None)
