"""What one node takes: the rule by which floating-point operations are counted.

The rule; n is the number of elements of the output, k that of a window or kernel:

=============================================  ==============================================
``MatMul`` of any rank                         2 K an element of the output; K is the length
                                               of the dimension that is summed over
``Gemm``                                       the same; one more for a bias, and one each
                                               for an alpha and a beta that are not 1
``Conv``                                       2 k C/groups n; one more each for a bias
``ConvTranspose``                              2 k M/groups an element of the input; n more
                                               for a bias
``Einsum`` of two operands                     2 for each combination of its letters
``Attention``                                  its two products, 5 a score for the softmax,
                                               one for the scaling, one for a mask
element-wise operators, ``Sigmoid`` and other  one an element of the output; ``Max``, ``Min``
functions of one number among them             and ``Sum`` one for each operand but the first,
                                               ``Mean`` one for each
``Softsign`` ``HardSigmoid``                   3 n
``HardSwish`` / ``Gelu``                       4 n / 5 n, with tanh 8 n
``Softmax`` ``LogSoftmax``                     5 n: largest, difference, power, sum, quotient
``BatchNormalization``                         2 n: the rest follows from the weights alone
``LayerNormalization``                         6 n, 7 n with a bias: two sums, a difference,
                                               a square, two products
``GroupNormalization`` and ``Instance...``     7 n
``RMSNormalization``                           4 n
``MeanVarianceNormalization``                  5 n
``LpNormalization``                            3 n
reductions                                     one an element of the input, two where it is
                                               squared or made positive first; one an element
                                               of the output for a mean or a root
``MaxPool`` / ``AveragePool``                  k-1 / k for each element of the output
``GlobalMaxPool`` / ``GlobalAveragePool``      one an element of the input / one more each
``QuantizeLinear`` / ``DequantizeLinear``      3 n / 2 n
``DynamicQuantizeLinear``                      5 n: it looks for the smallest and largest first
``QLinearConv`` ``QLinearMatMul`` and          as those of floating-point numbers
``ConvInteger`` ``MatMulInteger``
what moves numbers or names them, and          none
element-wise operators of whole numbers
any other operator, and any whose shapes       not counted, and named as such
cannot be inferred
=============================================  ==============================================

A multiply-add counts two. A transcendental function counts one, although it costs more: the
count is of operations, not of time. Windows at an edge count whole.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from math import prod

import onnx

from graph.call_tensors import CallTensors
from graph.wiring import is_standard

Rule = Callable[[onnx.NodeProto, CallTensors], int | None]


def flops_of(node: onnx.NodeProto, tensors: CallTensors) -> int | None:
    """Count the floating-point operations of one node in one call.

    Returns
    -------
    int or None
        None where the rule does not know the operator, or a shape is not known.
    """
    rule = _RULES.get(node.op_type) if is_standard(node, node.op_type) else None
    if rule is None:
        return None
    try:
        return rule(node, tensors)
    except KeyError:
        # A shape that could not be inferred: `CallTensors.shapes` does not have it.
        return None


def _none(_node: onnx.NodeProto, _tensors: CallTensors) -> int:
    return 0


def _each_output(count: int) -> Rule:
    def rule(node: onnx.NodeProto, tensors: CallTensors) -> int:
        return count * tensors.elements(node.output[0])

    return rule


def _element_wise(node: onnx.NodeProto, tensors: CallTensors) -> int:
    types = [tensors.element_types.get(name) for name in (*node.input, *node.output) if name]
    if None not in types and not any(map(tensors.is_float, (*node.input, *node.output))):
        return 0
    return tensors.elements(node.output[0])


def _of_operands(node: onnx.NodeProto, tensors: CallTensors) -> int:
    return _element_wise(node, tensors) * (len(node.input) - 1)


def _mean(node: onnx.NodeProto, tensors: CallTensors) -> int:
    return len(node.input) * tensors.elements(node.output[0])


def _reduction(each_input: int, each_output: int = 0) -> Rule:
    def rule(node: onnx.NodeProto, tensors: CallTensors) -> int:
        given, made = tensors.elements(node.input[0]), tensors.elements(node.output[0])
        return each_input * given + each_output * made

    return rule


def _pooling(beside_the_window: int) -> Rule:
    def rule(node: onnx.NodeProto, tensors: CallTensors) -> int:
        window = prod(_integers(node, "kernel_shape"))
        return tensors.elements(node.output[0]) * (window + beside_the_window)

    return rule


def _matrix_product(node: onnx.NodeProto, tensors: CallTensors) -> int:
    return 2 * tensors.shapes[node.input[0]][-1] * tensors.elements(node.output[0])


def _gemm(node: onnx.NodeProto, tensors: CallTensors) -> int:
    matrix = tensors.shapes[node.input[0]]
    summed = matrix[0] if _number(node, "transA", 0) else matrix[-1]
    has_bias = _has_input(node, 2)
    scaled_product = _number(node, "alpha", 1) != 1
    scaled_bias = has_bias and _number(node, "beta", 1) != 1
    each = 2 * summed + sum((has_bias, scaled_product, scaled_bias))
    return each * tensors.elements(node.output[0])


def _convolution(weights: int, bias: int) -> Rule:
    def rule(node: onnx.NodeProto, tensors: CallTensors) -> int:
        # Weights are (made channels, given channels / groups, kernel ...).
        each = 2 * prod(tensors.shapes[node.input[weights]][1:])
        return (each + _has_input(node, bias)) * tensors.elements(node.output[0])

    return rule


def _transposed_convolution(node: onnx.NodeProto, tensors: CallTensors) -> int:
    # Weights are (given channels, made channels / groups, kernel ...).
    each = 2 * prod(tensors.shapes[node.input[1]][1:])
    bias = tensors.elements(node.output[0]) if _has_input(node, 2) else 0
    return each * tensors.elements(node.input[0]) + bias


def _gelu(node: onnx.NodeProto, tensors: CallTensors) -> int:
    # x/2 (1 + erf(x / sqrt 2)), or x/2 (1 + tanh(sqrt(2/pi) (x + 0.044715 x^3))).
    each = 8 if _text(node, "approximate") == "tanh" else 5
    return each * tensors.elements(node.output[0])


def _batch_normalization(node: onnx.NodeProto, tensors: CallTensors) -> int | None:
    return None if _number(node, "training_mode", 0) else 2 * tensors.elements(node.output[0])


def _layer_normalization(node: onnx.NodeProto, tensors: CallTensors) -> int:
    return (6 + _has_input(node, 2)) * tensors.elements(node.output[0])


def _einsum(node: onnx.NodeProto, tensors: CallTensors) -> int | None:
    operands = _text(node, "equation").replace(" ", "").partition("->")[0].split(",")
    if len(operands) != 2 or any("." in operand for operand in operands):
        return None
    sizes: dict[str, int] = {}
    for letters, name in zip(operands, node.input, strict=True):
        sizes.update(zip(letters, tensors.shapes[name], strict=True))
    return 2 * prod(sizes.values())


def _attention(node: onnx.NodeProto, tensors: CallTensors) -> int:
    query, key, value = (tensors.shapes[name] for name in node.input[:3])
    earlier = tensors.shapes[node.input[4]][2] if _has_input(node, 4) else 0
    # Four dimensions: (batch, heads, length, size); three: (batch, length, heads * size).
    if len(query) == 4:
        heads, length, size, value_size = query[1], query[2], query[3], value[3]
        keys = key[2] + earlier
    else:
        heads = round(_number(node, "q_num_heads", 1))
        key_heads = round(_number(node, "kv_num_heads", heads))
        length, size, value_size = query[1], query[2] // heads, value[2] // key_heads
        keys = key[1] + earlier
    each = 2 * size + 2 * value_size + 5 + 1 + _has_input(node, 3)
    return query[0] * heads * length * keys * each


def _has_input(node: onnx.NodeProto, place: int) -> bool:
    return len(node.input) > place and bool(node.input[place])


def _attribute(node: onnx.NodeProto, name: str) -> onnx.AttributeProto | None:
    return next((attribute for attribute in node.attribute if attribute.name == name), None)


def _number(node: onnx.NodeProto, name: str, default: float) -> float:
    found = _attribute(node, name)
    if found is None:
        return default
    return float(found.f if found.type == onnx.AttributeProto.FLOAT else found.i)


def _integers(node: onnx.NodeProto, name: str) -> Sequence[int]:
    found = _attribute(node, name)
    return () if found is None else tuple(found.ints)


def _text(node: onnx.NodeProto, name: str) -> str:
    found = _attribute(node, name)
    return "" if found is None else found.s.decode()


_ELEMENT_WISE = """
Add Sub Mul Div Mod Neg Abs Sign Sqrt Reciprocal Pow Exp Log Clip Where
Floor Ceil Round Relu LeakyRelu PRelu ThresholdedRelu Elu Selu Celu Sigmoid Softplus Mish Erf
Sin Cos Tan Asin Acos Atan Sinh Cosh Tanh Asinh Acosh Atanh
Greater GreaterOrEqual Less LessOrEqual Equal
"""
_MOVING = """
Identity Constant ConstantOfShape Cast CastLike Reshape Flatten Squeeze Unsqueeze Transpose Concat
Slice Split Gather GatherElements GatherND Scatter ScatterElements ScatterND Expand Shape Size
Dropout Pad Tile DepthToSpace SpaceToDepth Range Trilu EyeLike OneHot NonZero Compress
ReverseSequence Not And Or Xor IsNaN IsInf BitShift BitwiseAnd BitwiseOr BitwiseXor BitwiseNot
"""
_RULES: dict[str, Rule] = {
    **dict.fromkeys(_MOVING.split(), _none),
    **dict.fromkeys(_ELEMENT_WISE.split(), _element_wise),
    **dict.fromkeys(("Max", "Min", "Sum"), _of_operands),
    **dict.fromkeys(("Softmax", "LogSoftmax"), _each_output(5)),
    **dict.fromkeys(("Softsign", "HardSigmoid", "QuantizeLinear"), _each_output(3)),
    **dict.fromkeys(("GroupNormalization", "InstanceNormalization"), _each_output(7)),
    **dict.fromkeys(("HardSwish", "RMSNormalization"), _each_output(4)),
    **dict.fromkeys(("ReduceSum", "ReduceMax", "ReduceMin", "ReduceProd"), _reduction(1)),
    **dict.fromkeys(("ArgMax", "ArgMin", "CumSum", "GlobalMaxPool"), _reduction(1)),
    **dict.fromkeys(("ReduceMean", "GlobalAveragePool", "ReduceLogSum"), _reduction(1, 1)),
    **dict.fromkeys(("ReduceL1", "ReduceSumSquare"), _reduction(2)),
    **dict.fromkeys(("ReduceL2", "ReduceLogSumExp"), _reduction(2, 1)),
    **dict.fromkeys(("MatMul", "MatMulInteger"), _matrix_product),
    **dict.fromkeys(("MeanVarianceNormalization", "DynamicQuantizeLinear"), _each_output(5)),
    "Mean": _mean,
    "LpNormalization": _each_output(3),
    "DequantizeLinear": _each_output(2),
    "Gelu": _gelu,
    "BatchNormalization": _batch_normalization,
    "LayerNormalization": _layer_normalization,
    "MaxPool": _pooling(-1),
    "AveragePool": _pooling(0),
    "Gemm": _gemm,
    "QLinearMatMul": _matrix_product,
    "Conv": _convolution(weights=1, bias=2),
    "ConvInteger": _convolution(weights=1, bias=4),
    "QLinearConv": _convolution(weights=3, bias=8),
    "ConvTranspose": _transposed_convolution,
    "Einsum": _einsum,
    "Attention": _attention,
}
