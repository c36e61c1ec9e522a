"""Folding: a scaling that feeds a matrix product goes into that product's weights, for good.

``(x * s) W + b = x (s W) + b``. In real numbers that is exact. In floating point it is exact
to the bit where s is a power of two, for then every product is the same number (as long as
none is too small or too large for its format); elsewhere s W is rounded once more.

What is folded: a ``Mul`` by one constant number, whose product goes into a ``Gemm`` or
``MatMul`` as either matrix (transposed or not), the other matrix being an initializer. What is
left alone:

- a product that another node, a subgraph or the graph's output uses too: it must be computed;
- a product that is a ``Gemm``'s bias: that is no multiplication of weights;
- weights that are no initializer of the graph, or that a caller may override;
- weights that scaling would make infinite;
- a constant of more dimensions than what it scales, for it changes the shape.

Weights that other nodes use as well are copied under a new name: a fold is made to save time,
and a second copy costs only memory.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import numpy_helper, shape_inference

from graph.rewriting import remove_tensor, unused_name
from graph.scaling import Scaling, scalings
from graph.session import Array
from graph.wiring import Wiring, is_standard


@dataclass(frozen=True, slots=True)
class Fold:
    """One scaling that can go into the weights of the node it feeds.

    Attributes
    ----------
    scaling : Scaling
        The multiplication to be saved.
    consumer : str
        First output of the node whose weights take the factor.
    position : int
        Which input of that node the scaling feeds: 0 or 1; the weights are the other.
    weight_name : str
        Those weights.
    weight : array
        The weights times the factor.
    """

    scaling: Scaling
    consumer: str
    position: int
    weight_name: str
    weight: Array


def fold(model: onnx.ModelProto) -> onnx.ModelProto:
    """Fold every scaling that can be folded; the model given is left as it is.

    Parameters
    ----------
    model : ModelProto
        A model, with its weights in memory.

    Returns
    -------
    ModelProto
        The same function, with fewer nodes or as many.
    """
    folded = onnx.ModelProto()
    folded.CopyFrom(model)
    ranks = _ranks(model)
    # One at a time: scalings in a row go in one after another, the last one first.
    while step := next(iter(_foldable(folded.graph, ranks)), None):
        _carry_out(step, folded.graph)
    return folded


def foldable(model: onnx.ModelProto) -> tuple[Fold, ...]:
    """Return what could be folded as the graph stands, in its order."""
    return _foldable(model.graph, _ranks(model))


def _foldable(graph: onnx.GraphProto, ranks: Mapping[str, int]) -> tuple[Fold, ...]:
    wiring = Wiring(graph)
    candidates = (_fold_of(scaling, wiring, ranks) for scaling in scalings(graph, wiring))
    return tuple(step for step in candidates if step is not None)


def _fold_of(scaling: Scaling, wiring: Wiring, ranks: Mapping[str, int]) -> Fold | None:
    consumer = wiring.sole_consumer(scaling.output)
    if consumer is None or not is_standard(consumer, "Gemm", "MatMul"):
        return None
    if scaling.factor.ndim > ranks.get(scaling.tensor, 0):
        return None
    matrices = list(consumer.input[:2])
    if scaling.output not in matrices:
        return None
    position = matrices.index(scaling.output)
    weight_name = matrices[1 - position]
    if not wiring.is_initializer(weight_name):
        return None
    weight = _scaled(wiring.constant(weight_name), scaling.factor)
    if weight is None:
        return None
    return Fold(scaling, consumer.output[0], position, weight_name, weight)


def _scaled(weight: Array | None, factor: Array) -> Array | None:
    if weight is None:
        return None
    with np.errstate(over="ignore"):
        scaled = np.asarray(np.multiply(weight, factor.reshape(())), dtype=weight.dtype)
    return scaled if np.isfinite(scaled).all() else None


def _carry_out(step: Fold, graph: onnx.GraphProto) -> None:
    shared = Wiring(graph).uses(step.weight_name) > 1
    name = unused_name(graph, f"{step.weight_name}_folded") if shared else step.weight_name
    tensor = numpy_helper.from_array(step.weight, name)
    if shared:
        graph.initializer.append(tensor)
    else:
        for initializer in graph.initializer:
            if initializer.name == name:
                initializer.CopyFrom(tensor)
    for node in graph.node:
        if node.output[0] == step.consumer:
            node.input[step.position] = step.scaling.tensor
            node.input[1 - step.position] = name
    remove_tensor(graph, step.scaling.output)
    if Wiring(graph).uses(step.scaling.factor_name) == 0:
        remove_tensor(graph, step.scaling.factor_name)


def _ranks(model: onnx.ModelProto) -> dict[str, int]:
    """Return the number of dimensions of every tensor of which it is known."""
    graph = shape_inference.infer_shapes(model).graph
    return {
        value.name: len(value.type.tensor_type.shape.dim)
        for value in (*graph.input, *graph.value_info, *graph.output)
        if value.type.tensor_type.HasField("shape")
    }
