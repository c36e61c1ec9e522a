"""A multilayer perceptron with made-up weights: something to measure where nothing is trained."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

INPUT = "x"
OUTPUT = "logits"
# What torch's exporter takes for the real networks (export.exporting).
_OPSET = 20
_IR_VERSION = 10


def perceptron(widths: Sequence[int], *, factor: float = 1.0, seed: int = 0) -> onnx.ModelProto:
    """Make up a perceptron of linear layers with ReLU between them.

    The graph has one input ``x``, float32 (batch, first width), and one output ``logits``,
    float32 (batch, last width).

    Parameters
    ----------
    widths : sequence of int
        Of the input, the hidden layers and the output.
    factor : float
        What the activations of each hidden layer are multiplied by; the weights behind them are
        divided by it, so the function is the same for every factor (to the bit for powers of
        two). 1: nothing is multiplied.
    seed : int
        Of the weights.
    """
    generator = np.random.default_rng(seed)
    nodes, constants, tensor = [], [], INPUT
    last = len(widths) - 2
    for layer, (inputs, outputs) in enumerate(pairwise(widths)):
        # He's scale keeps activations of the same size through the layers.
        weight = generator.normal(0, (2 / inputs) ** 0.5, (outputs, inputs))
        weight = weight if layer == 0 else weight / factor
        names = [f"weight{layer}", f"bias{layer}"]
        values = weight, generator.normal(0, 0.1, outputs)
        constants += [
            numpy_helper.from_array(value.astype(np.float32), name)
            for name, value in zip(names, values, strict=True)
        ]
        made = OUTPUT if layer == last else f"linear{layer}"
        nodes.append(helper.make_node("Gemm", [tensor, *names], [made], transB=1))
        if layer == last:
            break
        nodes.append(helper.make_node("Relu", [made], [f"active{layer}"]))
        tensor = f"active{layer}"
        if factor != 1:
            nodes.append(helper.make_node("Mul", [tensor, "factor"], [f"scaled{layer}"]))
            tensor = f"scaled{layer}"
    if factor != 1:
        constants.append(numpy_helper.from_array(np.array(factor, dtype=np.float32), "factor"))
    graph = helper.make_graph(
        nodes,
        "perceptron",
        [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["batch", widths[0]])],
        [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["batch", widths[-1]])],
        constants,
    )
    opset = [helper.make_opsetid("", _OPSET)]
    return helper.make_model(graph, opset_imports=opset, ir_version=_IR_VERSION)
