"""Floating-point operations of a graph, counted from the shapes of its tensors.

What each operator counts stands in `graph.operator_flops`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import onnx

from graph.call_tensors import CallTensors, tensors_of_call
from graph.operator_flops import flops_of


@dataclass(frozen=True, slots=True)
class FlopCount:
    """Floating-point operations of one row.

    Attributes
    ----------
    per_row : int
        The sum over the operators that are counted.
    uncounted : tuple of str
        Operators that are not, each once, in alphabetical order.
    """

    per_row: int
    uncounted: tuple[str, ...]


def count_flops(model: onnx.ModelProto) -> FlopCount:
    """Count a model's floating-point operations for one row.

    A row is one of the leading dimension: where that is open, shapes are taken for one row;
    where it is fixed, the count is divided by it.

    Parameters
    ----------
    model : ModelProto
        A model, with its weights in memory.
    """
    weights = {tensor.name for tensor in model.graph.initializer}
    leading = {
        value.name: value.type.tensor_type.shape.dim[0]
        for value in model.graph.input
        if value.name not in weights and value.type.tensor_type.shape.dim
    }
    rows = {
        name: size.dim_value if size.HasField("dim_value") else 1 for name, size in leading.items()
    }
    tensors = tensors_of_call(model, {name: (count,) for name, count in rows.items()})
    return flops_of_call(model.graph, tensors, max(1, next(iter(rows.values()), 1)))


def flops_of_call(graph: onnx.GraphProto, tensors: CallTensors, rows: int) -> FlopCount:
    """Count what one call takes, and divide it by its rows.

    Parameters
    ----------
    graph : GraphProto
        The graph that is called; subgraphs are not counted.
    tensors : CallTensors
        Of this call.
    rows : int
        Rows of this call.
    """
    counts = flops_of_nodes(graph, tensors)
    uncounted = {
        node.op_type for node, flops in zip(graph.node, counts, strict=True) if flops is None
    }
    total = sum(flops for flops in counts if flops is not None)
    return FlopCount(round(total / rows), tuple(sorted(uncounted)))


def flops_of_nodes(graph: onnx.GraphProto, tensors: CallTensors) -> Sequence[int | None]:
    """Return what each node takes in one call, in the graph's order; None: not counted."""
    return [flops_of(node, tensors) for node in graph.node]
