"""What the tensors of one call take in memory at most, worked out from the graph."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import onnx

from graph.call_tensors import CallTensors
from graph.wiring import is_standard

# Their output is their input under another shape or name: it takes no memory of its own.
_VIEWS = ("Identity", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Dropout")


@dataclass(frozen=True, slots=True)
class ActivationPeak:
    """The moment of a call at which most is held.

    Attributes
    ----------
    size_bytes : int
        What is held then.
    node : str
        The node that runs then; empty in a graph without nodes.
    unknown_tensors : int
        Tensors whose size is not known and that are not counted, so that `size_bytes` is a lower
        bound.
    """

    size_bytes: int
    node: str
    unknown_tensors: int


def activation_peak(graph: onnx.GraphProto, tensors: CallTensors) -> ActivationPeak:
    """Find the peak of what a call holds beside the weights.

    Nodes run in the graph's order. A tensor is held from the node that makes it to the last one
    that reads it, inputs and outputs of the graph to the end; what reshapes or renames shares its
    input's memory. ONNX Runtime can do better by writing a node's output over its input, and holds
    more, for its arena keeps what it once took.

    Parameters
    ----------
    graph : GraphProto
        A graph whose nodes have names. What subgraphs hold inside is not counted.
    tensors : CallTensors
        Of one call of it.
    """
    weights = {tensor.name for tensor in graph.initializer}
    inputs = [value.name for value in graph.input if value.name not in weights]
    owners = _owners(graph)
    last_reads = _last_reads(graph, owners)
    sizes = {name: tensors.size_bytes(name) for name in (*inputs, *_made(graph)) if name}
    own = {name: size for name, size in sizes.items() if owners.get(name, name) == name}
    held = sum(own.get(name) or 0 for name in inputs)
    peak, where = held, ""
    for place, node in enumerate(graph.node):
        made = [name for name in node.output if name in own]
        held += sum(own[name] or 0 for name in made)
        if held > peak or not where:
            peak, where = max(peak, held), node.name
        done = {owners.get(name, name) for name in (*node.input, *node.output)} - set(inputs)
        held -= sum(own.get(name) or 0 for name in done if last_reads.get(name, place) == place)
    unknown = sum(size is None for size in own.values())
    return ActivationPeak(peak, where, unknown)


def _made(graph: onnx.GraphProto) -> Iterator[str]:
    for node in graph.node:
        # A constant is a weight, wherever it is written down.
        if not is_standard(node, "Constant"):
            yield from node.output


def _owners(graph: onnx.GraphProto) -> Mapping[str, str]:
    """Return for every tensor that shares another's memory whose it is."""
    owners: dict[str, str] = {}
    for node in graph.node:
        if is_standard(node, *_VIEWS):
            owners[node.output[0]] = owners.get(node.input[0], node.input[0])
    return owners


def _last_reads(graph: onnx.GraphProto, owners: Mapping[str, str]) -> Mapping[str, int]:
    places: dict[str, int] = {}
    for place, node in enumerate(graph.node):
        for name in (*node.output, *_read(node)):
            places[owners.get(name, name)] = place
    for value in graph.output:
        places[owners.get(value.name, value.name)] = len(graph.node)
    return places


def _read(node: onnx.NodeProto) -> Iterator[str]:
    yield from node.input
    for attribute in node.attribute:
        for inner in (*attribute.graphs, *((attribute.g,) if attribute.HasField("g") else ())):
            # A subgraph sees the tensors of the graph around it.
            for each in inner.node:
                yield from _read(each)
            yield from (value.name for value in inner.output)
