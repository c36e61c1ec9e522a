"""The operators of a graph as ONNX Runtime wrote it down."""

from __future__ import annotations

from pathlib import Path

import onnx

from graph.scaling import scalings
from perbillion.runtimes.loaded_arm import Executed


def read_operators(written: Path) -> Executed:
    """Read operators and scalings from a graph file; its weights are not needed.

    Parameters
    ----------
    written : Path
        What a session wrote that was opened with ``graph.session.writing_options``.
    """
    graph = onnx.load_model(written, load_external_data=False).graph
    return Executed(tuple(map(_told, graph.node)), len(scalings(graph)))


def _told(node: onnx.NodeProto) -> str:
    """Return the operator, with the factor that it multiplies its product by where it has one."""
    alpha = next((each.f for each in node.attribute if each.name == "alpha"), 1.0)
    return node.op_type if alpha == 1 else f"{node.op_type}(alpha={alpha:.3g})"
