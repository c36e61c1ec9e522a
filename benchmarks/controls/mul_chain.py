"""Chains of multiplications that change no number: cost without another function."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import onnx
from onnx import helper, numpy_helper

_TWO, _HALF = "chain_two", "chain_half"


def insert_chains(graph: onnx.GraphProto, nodes: int, layers: int | None = None) -> None:
    """Multiply hidden layers by 2, by 1/2, by 2 ...: the same numbers, to the bit.

    ONNX Runtime leaves such a chain as it is; multiplications by 1 it would take out.

    Parameters
    ----------
    graph : GraphProto
        Of a perceptron with ReLU; it is changed.
    nodes : int
        How many multiplications a chain has; even.
    layers : int, optional
        How many layers get one, from the first; all of them where it is not given.
    """
    activations = [node for node in graph.node if node.op_type == "Relu"]
    for relu in activations[:layers]:
        hidden = relu.output[0]
        names = [f"{hidden}_chain{number}" for number in range(nodes)] + [hidden]
        relu.output[0] = names[0]
        place = list(graph.node).index(relu)
        for number, (source, target) in enumerate(pairwise(names)):
            factor = _HALF if number % 2 else _TWO
            node = helper.make_node("Mul", [source, factor], [target])
            graph.node.insert(place + 1 + number, node)
    for name, value in ((_TWO, 2.0), (_HALF, 0.5)):
        graph.initializer.append(numpy_helper.from_array(np.array(value, np.float32), name))
