"""The graphs of all levels beside one another, node by node."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import onnx


@dataclass(frozen=True, slots=True)
class GraphNode:
    """One node of a graph.

    Attributes
    ----------
    name : str
        Its name.
    operator : str
        Its operator, with the domain before it where that is not ONNX's own.
    outputs : tuple of str
        The tensors it makes.
    """

    name: str
    operator: str
    outputs: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Row:
    """Nodes that stand for one another.

    Attributes
    ----------
    name : str
        The node's name, or that of its successor.
    operators : tuple of str
        One for each graph; empty where the graph has no such node.
    """

    name: str
    operators: tuple[str, ...]


@dataclass(eq=False, slots=True)
class _Line:
    """A row that is being filled."""

    name: str
    operators: list[str]


def graph_nodes(graph: onnx.GraphProto) -> tuple[GraphNode, ...]:
    """Return a graph's nodes in their order."""
    return tuple(
        GraphNode(node.name, _operator(node), tuple(name for name in node.output if name))
        for node in graph.node
    )


def aligned(graphs: Sequence[Sequence[GraphNode]]) -> tuple[Row, ...]:
    """Lay graphs beside one another.

    A node stands in the row of the node of its name in a graph before; else of the one that made
    its tensor there, for a fusion makes the tensor of the last node it fuses; else in a row of its
    own behind that of the node before it.

    Parameters
    ----------
    graphs : sequence of sequence of GraphNode
        The graph as it was given, then as each level leaves it.
    """
    lines: list[_Line] = []
    by_name: dict[str, _Line] = {}
    by_tensor: dict[str, _Line] = {}
    for column, nodes in enumerate(graphs):
        place = 0
        for node in nodes:
            known = (by_name.get(node.name), *map(by_tensor.get, node.outputs))
            free = (line for line in known if line is not None and not line.operators[column])
            line = next(free, None)
            if line is None:
                line = _Line(node.name, [""] * len(graphs))
                lines.insert(place, line)
            line.operators[column] = node.operator
            place = lines.index(line) + 1
            by_name[node.name] = line
            by_tensor |= dict.fromkeys(node.outputs, line)
    return tuple(Row(line.name, tuple(line.operators)) for line in lines)


def counted(graphs: Sequence[Sequence[GraphNode]]) -> Mapping[str, tuple[int, ...]]:
    """Count operators: for each, in alphabetical order, its nodes in every graph."""
    counts = [Counter(node.operator for node in nodes) for nodes in graphs]
    operators = sorted(set().union(*counts))
    return {operator: tuple(count[operator] for count in counts) for operator in operators}


def _operator(node: onnx.NodeProto) -> str:
    prefix = "" if node.domain in {"", "ai.onnx"} else f"{node.domain}."
    return f"{prefix}{node.op_type}"
