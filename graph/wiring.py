"""Which node feeds which: look-ups over one graph."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

import numpy as np
from onnx import GraphProto, NodeProto, numpy_helper

from graph.session import Array

_STANDARD_DOMAINS = ("", "ai.onnx")


class Wiring:
    """Constants and uses of tensors in a graph, as it was when this was made.

    Parameters
    ----------
    graph : GraphProto
        The graph; it must not change while this is in use.
    """

    def __init__(self, graph: GraphProto) -> None:
        self._inputs = {value.name for value in graph.input}
        # An initializer that is an input too is only a default: a caller may override it.
        self._initializers = {
            tensor.name: tensor for tensor in graph.initializer if tensor.name not in self._inputs
        }
        self._producers: dict[str, NodeProto] = {}
        self._consumers: dict[str, list[NodeProto]] = {}
        for node in graph.node:
            for name in filter(None, node.output):
                self._producers[name] = node
            for name in filter(None, node.input):
                self._consumers.setdefault(name, []).append(node)
        self._uses = Counter(_used_names(graph))

    def is_input(self, name: str) -> bool:
        """Say whether a caller hands this tensor in, or may."""
        return name in self._inputs

    def is_constant(self, name: str) -> bool:
        """Say whether a tensor is an initializer that nothing can override, or a ``Constant``."""
        node = self._producers.get(name)
        return name in self._initializers or (node is not None and is_standard(node, "Constant"))

    def constant(self, name: str) -> Array | None:
        """Return the value of an initializer or ``Constant`` node, None for other tensors."""
        if name in self._initializers:
            return numpy_helper.to_array(self._initializers[name])
        node = self._producers.get(name)
        if node is not None and is_standard(node, "Constant"):
            return _constant_value(node)
        return None

    def uses(self, name: str) -> int:
        """Count the uses of a tensor: by nodes, within their subgraphs, and as an output."""
        return self._uses[name]

    def producer(self, name: str) -> NodeProto | None:
        """Return the node that writes a tensor, None for inputs and initializers."""
        return self._producers.get(name)

    def consumers(self, name: str) -> tuple[NodeProto, ...]:
        """Return the graph's own nodes that read a tensor; one that reads it twice comes twice."""
        return tuple(self._consumers.get(name, ()))


def is_standard(node: NodeProto, *operators: str) -> bool:
    """Say whether a node is one of these operators of the ONNX standard."""
    return node.op_type in operators and node.domain in _STANDARD_DOMAINS


def _constant_value(node: NodeProto) -> Array | None:
    for attribute in node.attribute:
        if attribute.name == "value":
            return numpy_helper.to_array(attribute.t)
        if attribute.name == "value_float":
            return np.array(attribute.f, dtype=np.float32)
        if attribute.name == "value_floats":
            return np.array(attribute.floats, dtype=np.float32)
        if attribute.name == "value_ints":
            return np.array(attribute.ints, dtype=np.int64)
    return None


def _used_names(graph: GraphProto) -> Iterator[str]:
    yield from (value.name for value in graph.output)
    for node in graph.node:
        yield from node.input
        for attribute in node.attribute:
            # A subgraph (of If, Loop, Scan) sees the tensors of the graph around it.
            for inner in (*attribute.graphs, *((attribute.g,) if attribute.HasField("g") else ())):
                yield from _used_names(inner)
