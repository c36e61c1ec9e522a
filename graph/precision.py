"""The precision that a graph computes in: the coarsest floating-point type it holds."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from onnx import AttributeProto, GraphProto, ModelProto, NodeProto, TensorProto

# Coarsest first. Floating-point types of 8 bits and fewer are storage, as integers are: what is
# computed with them has been widened to one of these.
FLOATS = (TensorProto.BFLOAT16, TensorProto.FLOAT16, TensorProto.FLOAT, TensorProto.DOUBLE)


def coarsest_float(model: ModelProto) -> int | None:
    """Return the coarsest of the floating-point types that a graph names, None if it names none.

    Looked at are inputs, outputs, initialisers, constants, the types that tensors in between are
    said to have and those that they are cast to, in subgraphs and functions too. One tensor in
    half precision is enough: everything behind it has at most its precision.

    Parameters
    ----------
    model : ModelProto
        A model; its weights are not needed.

    Returns
    -------
    int or None
        One of `FLOATS`.
    """
    types = set(_types_of_graph(model.graph))
    for function in model.functions:
        types.update(_types_of_nodes(function.node))
    return next((kind for kind in FLOATS if kind in types), None)


def _types_of_graph(graph: GraphProto) -> Iterator[int]:
    for value in (*graph.input, *graph.output, *graph.value_info):
        yield value.type.tensor_type.elem_type
    for tensor in graph.initializer:
        yield tensor.data_type
    for sparse in graph.sparse_initializer:
        yield sparse.values.data_type
    yield from _types_of_nodes(graph.node)


def _types_of_nodes(nodes: Iterable[NodeProto]) -> Iterator[int]:
    for node in nodes:
        for attribute in node.attribute:
            if node.op_type == "Cast" and attribute.name == "to":
                yield attribute.i
            elif attribute.type == AttributeProto.TENSOR:
                yield attribute.t.data_type
            elif attribute.type == AttributeProto.GRAPH:
                yield from _types_of_graph(attribute.g)
