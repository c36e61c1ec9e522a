"""What every rewrite of a graph does: find a free name, take a tensor out."""

from __future__ import annotations

from collections.abc import Iterator

import onnx


def unused_name(graph: onnx.GraphProto, wanted: str) -> str:
    """Return a name that no tensor of the graph has: the one wanted, or with a number behind."""
    taken = set(_names(graph))
    name, number = wanted, 1
    while name in taken:
        number += 1
        name = f"{wanted}_{number}"
    return name


def remove_tensor(graph: onnx.GraphProto, name: str) -> None:
    """Take a tensor out of the graph with what makes it: a node or an initializer."""
    for node in [node for node in graph.node if list(node.output) == [name]]:
        graph.node.remove(node)
    for tensor in [tensor for tensor in graph.initializer if tensor.name == name]:
        graph.initializer.remove(tensor)
    for value in [value for value in graph.value_info if value.name == name]:
        graph.value_info.remove(value)


def _names(graph: onnx.GraphProto) -> Iterator[str]:
    yield from (tensor.name for tensor in graph.initializer)
    yield from (tensor.values.name for tensor in graph.sparse_initializer)
    yield from (value.name for value in graph.input)
    for node in graph.node:
        yield from (*node.input, *node.output)
        for attribute in node.attribute:
            # A name within a subgraph may not be given to a tensor of the graph around it.
            for inner in (*attribute.graphs, *((attribute.g,) if attribute.HasField("g") else ())):
                yield from _names(inner)
