"""Names for nodes: what ONNX Runtime leaves of a graph is recognised by them."""

from __future__ import annotations

import onnx


def with_named_nodes(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a copy whose every node has a name of its own; those that have one keep it.

    ONNX Runtime keeps the name of a node that it leaves in the graph, and gives new ones to the
    nodes it makes. Names of tensors are no such mark: where a node behind is taken out, the one
    before it may get its output's name.

    A name with a quotation mark, a backslash or a control character is replaced too: ONNX
    Runtime's profiler writes names into JSON as they are.

    Parameters
    ----------
    model : ModelProto
        Any model; nodes of subgraphs are left as they are.
    """
    named = onnx.ModelProto()
    named.CopyFrom(model)
    given = {node.name for node in model.graph.node}
    seen: set[str] = set()
    for place, node in enumerate(named.graph.node):
        if not _is_usable(node.name) or node.name in seen:
            node.name = _free_name(f"{node.op_type}_{place}", given | seen)
        seen.add(node.name)
    return named


def _is_usable(name: str) -> bool:
    return bool(name) and name.isprintable() and not set(name) & {'"', "\\"}


def _free_name(wanted: str, taken: set[str]) -> str:
    name = wanted
    while name in taken:
        name += "_"
    return name
