"""Scalings: multiplications by a constant that a graph performs at every prediction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx

from graph.session import Array
from graph.wiring import Wiring, is_standard


@dataclass(frozen=True, slots=True)
class Scaling:
    """One ``Mul`` of a tensor by a constant, or ``Div`` of a tensor by one.

    Attributes
    ----------
    tensor : str
        What is scaled.
    factor_name : str
        The constant's name.
    factor : array
        What the tensor is multiplied by: the constant as it is or, where the tensor is divided by
        it, its reciprocal in float64. One number or many.
    output : str
        The product; it identifies the node, for no two nodes write one tensor.
    operator : str
        ``Mul`` or ``Div``.
    """

    tensor: str
    factor_name: str
    factor: Array
    output: str
    operator: str = "Mul"


def scalings(graph: onnx.GraphProto, wiring: Wiring | None = None) -> tuple[Scaling, ...]:
    """Find the multiplications by one constant number, the lecture's kind, in the graph's order.

    Subgraphs are not searched.

    Parameters
    ----------
    graph : GraphProto
        Where to look.
    wiring : Wiring, optional
        The graph's, if the caller has it.
    """
    return tuple(
        scaling
        for scaling in every_scaling(graph, wiring)
        if scaling.operator == "Mul" and scaling.factor.size == 1
    )


def every_scaling(graph: onnx.GraphProto, wiring: Wiring | None = None) -> tuple[Scaling, ...]:
    """Find all scalings: by one number or by many, multiplications and divisions.

    Parameters
    ----------
    graph, wiring
        As for `scalings`.
    """
    wiring = wiring or Wiring(graph)
    found = (_scaling(node, wiring) for node in graph.node if is_standard(node, "Mul", "Div"))
    return tuple(scaling for scaling in found if scaling is not None)


def _scaling(node: onnx.NodeProto, wiring: Wiring) -> Scaling | None:
    constants = [wiring.constant(name) for name in node.input]
    # Only what is divided is scaled; a constant divided by a tensor is something else.
    for position in (1,) if node.op_type == "Div" else (0, 1):
        factor, other = constants[position], constants[1 - position]
        # A product of two constants is a constant, not a scaling.
        if factor is not None and other is None and np.issubdtype(factor.dtype, np.floating):
            return Scaling(
                tensor=node.input[1 - position],
                factor_name=node.input[position],
                factor=_reciprocal(factor) if node.op_type == "Div" else factor,
                output=node.output[0],
                operator=node.op_type,
            )
    return None


def _reciprocal(constant: Array) -> Array:
    with np.errstate(divide="ignore"):
        return np.asarray(1 / constant.astype(np.float64))
