"""What took over from a node that an optimisation pass took out of a graph."""

from __future__ import annotations

from collections.abc import Mapping

import onnx

from graph.inspection.multiplication import alpha_of


def successors(node: str, before: onnx.GraphProto, after: onnx.GraphProto) -> tuple[str, ...]:
    """Return the nodes that do the work of a node that is gone.

    What changed around the node is followed along its tensors, so that the same pass's work
    elsewhere in the graph is left out. Where the changed region made a tensor, a node of `after`
    makes it now. One that only reads another tensor than before is no successor.

    Parameters
    ----------
    node : str
        The name of the node that is gone.
    before, after : GraphProto
        What runs without the pass, and with it.

    Returns
    -------
    tuple of str
        Operator and name of each, and its alpha where it has one; none where nothing does the
        work, because there is none.
    """
    kept = {_identity(other) for other in after.node}
    there = {_identity(other) for other in before.node}
    changed = {other.name: other for other in before.node if _identity(other) not in kept}
    made = {name for inner in _region(node, changed) for name in changed[inner].output}
    producers = {name for other in before.node for name in other.output}
    twins = {other.name: other for other in before.node}
    return tuple(
        _told(other)
        for other in after.node
        if _identity(other) not in there
        and made & set(other.output)
        and not _reads_another_tensor(other, twins.get(other.name), producers)
    )


def _region(node: str, changed: Mapping[str, onnx.NodeProto]) -> set[str]:
    """Return the changed nodes that are linked with this one by the tensors they hand on."""
    region = {node} & changed.keys()
    while True:
        made = {name for inner in region for name in changed[inner].output}
        read = {name for inner in region for name in changed[inner].input}
        linked = {
            name
            for name, other in changed.items()
            if made & set(other.input) or read & set(other.output)
        }
        if linked <= region:
            return region
        region |= linked


def _reads_another_tensor(
    node: onnx.NodeProto, twin: onnx.NodeProto | None, producers: set[str]
) -> bool:
    """Say whether a node differs from what it was only in activations that it reads."""
    if twin is None or _work(twin) != _work(node) or len(twin.input) != len(node.input):
        return False
    return all(
        was == now or was in producers for was, now in zip(twin.input, node.input, strict=True)
    )


def _work(node: onnx.NodeProto) -> tuple[object, ...]:
    attributes = sorted(found.SerializeToString(deterministic=True) for found in node.attribute)
    return node.domain, node.op_type, tuple(node.output), tuple(attributes)


def _identity(node: onnx.NodeProto) -> tuple[object, ...]:
    return *_work(node), tuple(node.input)


def _told(node: onnx.NodeProto) -> str:
    alpha = alpha_of(node)
    suffix = "" if alpha == 1 else f" (alpha {alpha:g})"
    return f"{node.op_type} {node.name}{suffix}"
