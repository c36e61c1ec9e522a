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
        # An initializer that is an input too is only a default: a caller may override it.
        overridable = {value.name for value in graph.input}
        self._initializers = {
            tensor.name: tensor for tensor in graph.initializer if tensor.name not in overridable
        }
        self._constant_nodes = {
            node.output[0]: node for node in graph.node if is_standard(node, "Constant")
        }
        self._consumers: dict[str, list[NodeProto]] = {}
        for node in graph.node:
            for name in node.input:
                self._consumers.setdefault(name, []).append(node)
        self._uses = Counter(_used_names(graph))

    def is_initializer(self, name: str) -> bool:
        """Say whether a tensor is an initializer that nothing can override."""
        return name in self._initializers

    def constant(self, name: str) -> Array | None:
        """Return the value of an initializer or ``Constant`` node, None for other tensors."""
        if name in self._initializers:
            return numpy_helper.to_array(self._initializers[name])
        if name in self._constant_nodes:
            return _constant_value(self._constant_nodes[name])
        return None

    def uses(self, name: str) -> int:
        """Count the uses of a tensor: by nodes, within their subgraphs, and as an output."""
        return self._uses[name]

    def sole_consumer(self, name: str) -> NodeProto | None:
        """Return the node that is a tensor's one and only use, else None."""
        consumers = self._consumers.get(name, [])
        return consumers[0] if len(consumers) == self.uses(name) == 1 else None


def is_standard(node: NodeProto, *operators: str) -> bool:
    """Say whether a node is one of these operators of the ONNX standard."""
    return node.op_type in operators and node.domain in _STANDARD_DOMAINS


def _constant_value(node: NodeProto) -> Array | None:
    for attribute in node.attribute:
        if attribute.name == "value":
            return numpy_helper.to_array(attribute.t)
        if attribute.name == "value_float":
            return np.array(attribute.f, dtype=np.float32)
    return None


def _used_names(graph: GraphProto) -> Iterator[str]:
    yield from (value.name for value in graph.output)
    for node in graph.node:
        yield from node.input
        for attribute in node.attribute:
            # A subgraph (of If, Loop, Scan) sees the tensors of the graph around it.
            for inner in (*attribute.graphs, *((attribute.g,) if attribute.HasField("g") else ())):
                yield from _used_names(inner)
