"""Floating-point operations of a graph, counted from the shapes of its tensors.

The rule:

=============================================  ==============================================
``MatMul``                                     2 K an element of the output; K is the length
                                               of the dimension that is summed over
``Gemm``                                       the same; one more for a bias, and one each
                                               for an alpha and a beta that are not 1
``Add Sub Mul Div Neg Abs Sqrt Reciprocal``    one an element of the output
``Pow Exp Log Max Min Clip Relu LeakyRelu``
``Sigmoid Tanh Erf Floor Ceil Round Where``
``Identity Constant Cast Reshape Flatten``     none: they move numbers or name them
``Squeeze Unsqueeze Transpose Concat Slice``
``Split Gather Expand Shape Dropout``
any other operator, and any whose shapes       not counted, and named as such
cannot be inferred
=============================================  ==============================================

A multiply-add counts two. A transcendental function counts one, although it costs more: the
count is of operations, not of time.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

import onnx
from onnx import shape_inference

from graph.wiring import is_standard

_ONE_AN_ELEMENT = (
    *("Add", "Sub", "Mul", "Div", "Neg", "Abs", "Sqrt", "Reciprocal", "Pow", "Exp", "Log"),
    *("Max", "Min", "Clip", "Relu", "LeakyRelu", "Sigmoid", "Tanh", "Erf", "Floor", "Ceil"),
    *("Round", "Where"),
)
_NONE = (
    *("Identity", "Constant", "Cast", "Reshape", "Flatten", "Squeeze", "Unsqueeze", "Transpose"),
    *("Concat", "Slice", "Split", "Gather", "Expand", "Shape", "Dropout"),
)

Shapes = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class FlopCount:
    """Floating-point operations of one row.

    Attributes
    ----------
    per_row : int
        The sum over the operators that are counted.
    uncounted : tuple of str
        Operators that are not, each once, in alphabetical order.
    """

    per_row: int
    uncounted: tuple[str, ...]


def count_flops(model: onnx.ModelProto) -> FlopCount:
    """Count a model's floating-point operations for one row.

    A row is one of the leading dimension: where that is open, shapes are taken for one row;
    where it is fixed, the count is divided by it.

    Parameters
    ----------
    model : ModelProto
        A model, with its weights in memory.
    """
    rows, shapes = _shapes_of_one_call(model)
    total = 0
    uncounted = set()
    for node in model.graph.node:
        flops = _flops(node, shapes)
        if flops is None:
            uncounted.add(node.op_type)
        else:
            total += flops
    return FlopCount(round(total / rows), tuple(sorted(uncounted)))


def _flops(node: onnx.NodeProto, shapes: Shapes) -> int | None:
    if is_standard(node, *_NONE):
        return 0
    output = shapes.get(node.output[0])
    if output is None:
        return None
    if is_standard(node, *_ONE_AN_ELEMENT):
        return prod(output)
    if is_standard(node, "MatMul", "Gemm"):
        matrix = shapes.get(node.input[0])
        return None if not matrix else prod(output) * _flops_an_element(node, matrix)
    return None


def _flops_an_element(node: onnx.NodeProto, matrix: tuple[int, ...]) -> int:
    attributes: dict[str, float] = {
        attribute.name: onnx.helper.get_attribute_value(attribute) for attribute in node.attribute
    }
    summed = matrix[0] if attributes.get("transA", 0) else matrix[-1]
    has_bias = len(node.input) > 2 and bool(node.input[2])
    scaled_product = attributes.get("alpha", 1.0) != 1
    scaled_bias = has_bias and attributes.get("beta", 1.0) != 1
    return 2 * summed + sum((has_bias, scaled_product, scaled_bias))


def _shapes_of_one_call(model: onnx.ModelProto) -> tuple[int, Shapes]:
    """Return how many rows one call takes, and the shapes of all tensors in it."""
    fixed = onnx.ModelProto()
    fixed.CopyFrom(model)
    weights = {tensor.name: tuple(tensor.dims) for tensor in fixed.graph.initializer}
    leading = []
    for value in fixed.graph.input:
        dimensions = value.type.tensor_type.shape.dim
        if value.name not in weights and dimensions:
            if not dimensions[0].HasField("dim_value"):
                dimensions[0].dim_value = 1
            leading.append(dimensions[0].dim_value)
    # What was inferred for an open dimension must not stand against what is inferred now.
    del fixed.graph.value_info[:]
    for value in fixed.graph.output:
        value.type.tensor_type.ClearField("shape")
    graph = shape_inference.infer_shapes(fixed, data_prop=True).graph
    shapes = {
        value.name: tuple(size.dim_value for size in value.type.tensor_type.shape.dim)
        for value in (*graph.input, *graph.value_info, *graph.output)
        if _is_known(value.type.tensor_type)
    }
    return max(leading[:1] or [1]), {**shapes, **weights}


def _is_known(tensor: onnx.TypeProto.Tensor) -> bool:
    return tensor.HasField("shape") and all(size.HasField("dim_value") for size in tensor.shape.dim)
