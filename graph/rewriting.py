"""What every rewrite of a graph does: find a free name, take a tensor out."""

from __future__ import annotations

import onnx


def unused_name(graph: onnx.GraphProto, wanted: str) -> str:
    """Return a name that no tensor of the graph has: the one wanted, or with a number behind."""
    taken = {tensor.name for tensor in graph.initializer}
    taken.update(value.name for value in graph.input)
    taken.update(name for node in graph.node for name in (*node.input, *node.output))
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
