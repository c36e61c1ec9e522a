"""Scalings: multiplications by a constant number that a graph performs at every prediction."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import onnx

from graph.session import Array
from graph.wiring import Wiring, is_standard


@dataclass(frozen=True, slots=True)
class Scaling:
    """One ``Mul`` of a tensor by a constant number.

    Attributes
    ----------
    tensor : str
        What is scaled.
    factor_name : str
        The constant's name.
    factor : array
        The constant, one number: shape () or all ones.
    output : str
        The product; it identifies the node, for no two nodes write one tensor.
    """

    tensor: str
    factor_name: str
    factor: Array
    output: str


def scalings(graph: onnx.GraphProto, wiring: Wiring | None = None) -> tuple[Scaling, ...]:
    """Find the scalings of a graph, in its order; subgraphs are not searched.

    Parameters
    ----------
    graph : GraphProto
        Where to look.
    wiring : Wiring, optional
        The graph's, if the caller has it.
    """
    wiring = wiring or Wiring(graph)
    found = (_scaling(node, wiring) for node in graph.node if is_standard(node, "Mul"))
    return tuple(scaling for scaling in found if scaling is not None)


def _scaling(node: onnx.NodeProto, wiring: Wiring) -> Scaling | None:
    constants = [wiring.constant(name) for name in node.input]
    # A product of two constants is a constant, not a scaling.
    for position, factor in enumerate(constants):
        other = constants[1 - position]
        if factor is not None and other is None and _is_number(factor):
            return Scaling(
                tensor=node.input[1 - position],
                factor_name=node.input[position],
                factor=factor,
                output=node.output[0],
            )
    return None


def _is_number(constant: Array) -> bool:
    return constant.size == 1 and np.issubdtype(constant.dtype, np.floating)
