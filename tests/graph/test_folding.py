"""Every way a factor goes: with a table of graphs, each folded with two kinds of factors."""

import numpy as np
import onnx
import pytest

from graph.equality import measured_equality
from graph.folding import folding_of
from graph.prediction import outputs_of
from graph_text import constants_in, graph_from_text

PLAIN = "(float[n,2] x) => (float[n,2] y)"
COLUMNS = "(float[2,n] x) => (float[2,n] y)"
SQUARE = "(float[2,2] x) => (float[2,2] y)"
STACK = "(float[n,3,2] x) => (float[n,a,d] y)"
STACKED = "(float[3,n,2] x) => (float[3,n,2] y)"
IMAGE = "(float[n,4,6,6] x) => (float[n,c,h,w] y)"
POOLED = "(float[n,4,6,6] x) => (float[n,2] y)"
# Rounded in every product, and in none.
FACTORS = {
    "rounded": {
        "s": np.float32(0.7),
        "neg": np.float32(-1.3),
        "v": np.array([0.7, 1.9], np.float32),
        "u": np.array([0.7, -1.9], np.float32),
        "col": np.array([[0.3], [1.7]], np.float32),
        "deep": np.array([0.3, -1.7], np.float32).reshape(2, 1, 1),
        "c": np.array([0.7, 1.9, 0.3, 1.1], np.float32).reshape(4, 1, 1),
        "nc": np.array([0.7, -1.9, 0.3, 1.1], np.float32).reshape(1, 4, 1, 1),
    },
    "exact": {
        "s": np.float32(0.5),
        "neg": np.float32(-2),
        "v": np.array([0.25, 2], np.float32),
        "u": np.array([0.5, -4], np.float32),
        "col": np.array([[0.5], [8]], np.float32),
        "deep": np.array([0.5, -8], np.float32).reshape(2, 1, 1),
        "c": np.array([0.5, 2, 0.25, 1], np.float32).reshape(4, 1, 1),
        "nc": np.array([0.5, -2, 0.25, 4], np.float32).reshape(1, 4, 1, 1),
    },
}


def _normal(*shape, dtype=np.float32):
    return np.random.default_rng(sum(shape)).normal(0.2, 1, shape).astype(dtype)


OTHERS = {
    "w": _normal(2, 2),
    "b": _normal(2),
    "wide": _normal(2, 6),
    "stack": _normal(3, 2, 2),
    "w64": _normal(2, 2, dtype=np.float64),
    "flat": _normal(4 * 6 * 6, 2),
    "pool": _normal(4 * 3 * 3, 2),
    "chan": _normal(4, 2),
    "kernel": _normal(6, 4, 3, 3),
    "square_kernel": _normal(4, 4, 3, 3),
    "bias6": _normal(6),
    "bias4": _normal(4),
    "grouped": _normal(6, 2, 3, 3),
    "turned": _normal(4, 6, 3, 3),
    "turned_grouped": _normal(4, 2, 3, 3),
    "gain": _normal(4),
    "shift": _normal(4) * np.float32(0.5),
    "mean": _normal(4) + np.float32(0.25),
    "variance": np.array([0.5, 1, 1.5, 2], np.float32),
    "slope": np.array([0.1, 0.3], np.float32),
    "table": _normal(5, 2),
    "to_heads": np.array([-1, 3, 2]),
    "to_flat": np.array([0, -1]),
    "to_stack": np.array([-1, 1, 2]),
    "to_plain": np.array([-1, 2]),
    "axes": np.array([2, 3]),
    "last": np.array([-1]),
    "middle": np.array([1]),
    "zero": np.array([0]),
    "two": np.array([2]),
}

BEHIND = [
    (PLAIN, "m = Mul(x, s)  y = Gemm(m, w, b)", "Gemm"),
    (PLAIN, "m = Mul(s, x)  y = Gemm(m, w, b)", "Gemm"),
    (PLAIN, "m = Div(x, s)  y = Gemm(m, w, b)", "Gemm"),
    (PLAIN, "m = Mul(x, neg)  y = Gemm<transB = 1>(m, w, b)", "Gemm"),
    (PLAIN, "m = Mul(x, s)  y = Gemm<alpha = 0.5, beta = 3.0>(m, w, b)", "Gemm"),
    (PLAIN, "m = Mul(x, u)  y = Gemm(m, w, b)", "Gemm"),
    (PLAIN, "m = Mul(x, u)  y = Gemm<transB = 1>(m, w)", "Gemm"),
    (COLUMNS, "m = Mul(x, col)  y = MatMul(w, m)", "MatMul"),
    (SQUARE, "m = Mul(x, col)  y = Gemm<transA = 1>(m, w)", "Gemm"),
    (SQUARE, "m = Mul(x, col)  y = Gemm<transA = 1>(w, m)", "Gemm"),
    (SQUARE, "m = Mul(x, s)  y = Gemm(m, w, w)", "Gemm"),
    (SQUARE, "k = Tanh(x)  m = Mul(x, s)  y = Gemm(m, k, b)", "Tanh Gemm"),
    (STACK, "m = Mul(x, s)  y = MatMul(m, w)", "MatMul"),
    (STACK, "m = Div(x, u)  y = MatMul(m, w)", "MatMul"),
    (STACKED, "m = Mul(x, v)  y = MatMul(m, stack)", "MatMul"),
    (IMAGE, "m = Mul(x, s)  y = Conv<pads = [1, 1, 1, 1]>(m, kernel, bias6)", "Conv"),
    (IMAGE, "m = Mul(x, nc)  y = Conv(m, kernel, bias6)", "Conv"),
    (IMAGE, "m = Mul(x, c)  y = Conv<group = 2>(m, grouped, bias6)", "Conv"),
    (IMAGE, "m = Mul(x, nc)  y = ConvTranspose(m, turned)", "ConvTranspose"),
    (
        IMAGE,
        "m = Mul(x, c)  y = ConvTranspose<group = 2>(m, turned_grouped, bias4)",
        "ConvTranspose",
    ),
    (
        IMAGE,
        "m = Mul(x, nc)  y = BatchNormalization(m, gain, shift, mean, variance)",
        "BatchNormalization",
    ),
]
THROUGH = [
    *[
        (PLAIN, f"m = Mul(x, {factor})  k = {function}  y = Gemm(k, w, b)", f"{operator} Gemm")
        for factor in ("s", "v")
        for operator, function in (
            ("Relu", "Relu(m)"),
            ("LeakyRelu", "LeakyRelu<alpha = 0.2>(m)"),
            ("PRelu", "PRelu(m, slope)"),
            ("Abs", "Abs(m)"),
        )
    ],
    *[
        (PLAIN, f"m = Mul(x, {factor})  k = {function}  y = Gemm(k, w, b)", f"{operator} Gemm")
        for factor in ("neg", "u")
        for operator, function in (
            ("Identity", "Identity(m)"),
            ("Neg", "Neg(m)"),
            ("Dropout", "Dropout(m)"),
        )
    ],
    (SQUARE, "m = Mul(x, col)  k = Transpose(m)  y = MatMul(k, w)", "Transpose MatMul"),
    (
        STACK,
        "m = Mul(x, u)  k = Transpose<perm = [1, 2, 0]>(m)  l = Transpose<perm = [2, 0, 1]>(k)  "
        "y = MatMul(l, w)",
        "Transpose Transpose MatMul",
    ),
    (
        "(float[2,n,3] x) => (float[n,3,2] y)",
        "m = Mul(x, deep)  k = Transpose<perm = [1, 2, 0]>(m)  y = MatMul(k, w)",
        "Transpose MatMul",
    ),
    (
        "(float[n,3,2] x) => (float[n,2] y)",
        "m = Mul(x, u)  k = ReduceMean<keepdims = 0>(m, middle)  y = Gemm(k, w, b)",
        "ReduceMean Gemm",
    ),
    (POOLED, "m = Mul(x, nc)  k = Flatten(m)  y = Gemm(k, flat)", "Flatten Gemm"),
    (POOLED, "m = Mul(x, c)  k = Reshape(m, to_flat)  y = Gemm(k, flat)", "Reshape Gemm"),
    (
        STACK,
        "m = Mul(x, u)  l = Unsqueeze(m, last)  k = Squeeze(l, last)  y = MatMul(k, w)",
        "Unsqueeze Squeeze MatMul",
    ),
    (
        POOLED,
        "m = Mul(x, c)  k = MaxPool<kernel_shape = [2, 2], strides = [2, 2]>(m)  "
        "f = Flatten(k)  y = Gemm(f, pool)",
        "MaxPool Flatten Gemm",
    ),
    (
        POOLED,
        "m = Mul(x, nc)  k = AveragePool<kernel_shape = [2, 2], strides = [2, 2]>(m)  "
        "f = Flatten(k)  y = Gemm(f, pool)",
        "AveragePool Flatten Gemm",
    ),
    (
        POOLED,
        "m = Mul(x, nc)  k = GlobalAveragePool(m)  f = Squeeze(k, axes)  y = Gemm(f, chan)",
        "GlobalAveragePool Squeeze Gemm",
    ),
    (
        POOLED,
        "m = Mul(x, c)  k = GlobalMaxPool(m)  f = Squeeze(k, axes)  y = Gemm(f, chan)",
        "GlobalMaxPool Squeeze Gemm",
    ),
    *[
        (
            POOLED,
            f"m = Mul(x, {factor})  k = {operator}<keepdims = 0>(m, axes)  y = Gemm(k, chan)",
            f"{operator} Gemm",
        )
        for operator, factor in (
            ("ReduceMean", "nc"),
            ("ReduceSum", "neg"),
            ("ReduceMax", "c"),
            ("ReduceMin", "s"),
        )
    ],
    (STACK, "m = Mul(x, s)  k = Slice(m, zero, two, middle)  y = MatMul(k, w)", "Slice MatMul"),
    (STACK, "m = Mul(x, s)  k = Gather<axis = 1>(m, zero)  y = MatMul(k, w)", "Gather MatMul"),
    (
        "(float[n,2] x) => (double[n,2] y)",
        "m = Mul(x, u)  k = Cast<to = 11>(m)  y = MatMul(k, w64)",
        "Cast MatMul",
    ),
    # Two may trade places: one goes on, the other cannot follow it through Relu.
    (PLAIN, "m = Mul(x, s)  k = Mul(m, u)  l = Relu(k)  y = Tanh(l)", "Mul Relu Tanh"),
    (PLAIN, "m = Mul(x, s)  k = Mul(m, s)  y = Gemm(k, w, b)", "Gemm"),
    (PLAIN, "m = Mul(x, s)  k = Div(m, v)  y = Gemm(k, w, b)", "Gemm"),
    (
        PLAIN,
        "m = Mul(x, v)  k = Gemm(m, w, b)  l = Relu(m)  p = MatMul(l, w)  y = Add(k, p)",
        "Gemm Relu MatMul Add",
    ),
]
BEFORE = [
    (PLAIN, "m = Gemm(x, w, b)  y = Mul(m, s)", "Gemm"),
    (PLAIN, "m = Gemm(x, w, b)  y = Div(m, u)", "Gemm"),
    (PLAIN, "m = Gemm<transB = 1>(x, w)  y = Mul(m, u)", "Gemm"),
    (SQUARE, "m = Gemm<transA = 1>(w, x, b)  y = Mul(m, col)", "Gemm"),
    (SQUARE, "k = Tanh(x)  m = Gemm(x, k, x)  y = Mul(m, s)", "Tanh Gemm"),
    (SQUARE, "m = Gemm(x, w, w)  y = Mul(m, u)", "Gemm"),
    (PLAIN, "m = MatMul(x, w)  y = Mul(m, u)", "MatMul"),
    (COLUMNS, "m = MatMul(w, x)  y = Mul(m, col)", "MatMul"),
    (STACK, "m = MatMul(x, w)  a = Add(b, m)  y = Mul(a, u)", "MatMul Add"),
    (STACKED, "m = MatMul(x, stack)  a = Sub(m, s)  y = Mul(a, u)", "MatMul Sub"),
    (IMAGE, "m = Conv(x, square_kernel, bias4)  y = Mul(m, nc)", "Conv"),
    (IMAGE, "m = Conv<group = 2>(x, grouped, bias6)  r = Relu(m)  y = Mul(r, s)", "Conv Relu"),
    (IMAGE, "m = ConvTranspose(x, square_kernel)  y = Mul(m, nc)", "ConvTranspose"),
    (
        IMAGE,
        "m = ConvTranspose<group = 2>(x, turned_grouped, bias4)  y = Mul(m, nc)",
        "ConvTranspose",
    ),
    (
        IMAGE,
        "m = BatchNormalization(x, gain, shift, mean, variance)  y = Mul(m, nc)",
        "BatchNormalization",
    ),
    (IMAGE, "m = InstanceNormalization(x, gain, shift)  y = Mul(m, nc)", "InstanceNormalization"),
    (PLAIN, "m = LayerNormalization(x, b, slope)  y = Mul(m, u)", "LayerNormalization"),
    (PLAIN, "m = LayerNormalization(x, b)  y = Mul(m, neg)", "LayerNormalization"),
    ("(int64[n] x) => (float[n,2] y)", "m = Gather(table, x)  y = Mul(m, u)", "Gather"),
    (SQUARE, "m = Gemm(x, w)  r = Transpose(m)  y = Mul(r, col)", "Gemm Transpose"),
    (
        "(float[n,3,2] x) => (float[n,2] y)",
        "m = MatMul(x, w)  r = ReduceSum<keepdims = 0>(m, middle)  y = Mul(r, u)",
        "MatMul ReduceSum",
    ),
    (
        "(float[n,2] x) => (float[n,3,2] y)",
        "m = MatMul(x, wide)  r = Reshape(m, to_heads)  y = Mul(r, u)",
        "MatMul Reshape",
    ),
    (STACK, "m = MatMul(x, w)  r = ReduceMax(m, last)  y = Mul(r, s)", "MatMul ReduceMax"),
    (
        POOLED,
        "f = Flatten(x)  m = Gemm(f, flat)  r = Reshape(m, to_stack)  q = Mul(r, v)  "
        "y = Reshape(q, to_plain)",
        "Flatten Gemm Reshape Reshape",
    ),
    (
        PLAIN,
        "q = MatMul(x, w)  k = Transpose(x)  p = MatMul(q, k)  m = Mul(p, s)  l = Softmax(m)  "
        "y = MatMul(l, x)",
        "MatMul Transpose MatMul Softmax MatMul",
    ),
    (
        PLAIN,
        "q = Sigmoid(x)  k = MatMul(x, w)  p = Mul(q, k)  y = Mul(p, neg)",
        "Sigmoid MatMul Mul",
    ),
    (PLAIN, "q = MatMul(x, w)  k = Gemm(x, w, b)  p = Add(q, k)  y = Mul(p, u)", "MatMul Gemm Add"),
    (
        "(float[n,2] x) => (float[n,4] y)",
        "q = MatMul(x, w)  k = Gemm(x, w, b)  p = Concat<axis = 1>(q, k)  y = Mul(p, s)",
        "MatMul Gemm Concat",
    ),
    (
        "(float[n,2] x) => (float[n,2] y, float[n,2] z)",
        "m = Gemm(x, w, b)  y = Mul(m, s)  z = Tanh(y)",
        "Gemm Tanh",
    ),
]
JOINED = [
    (PLAIN, "m = Mul(x, s)  k = Mul(m, u)  y = Tanh(k)", "Mul Tanh"),
    (PLAIN, "m = Mul(x, v)  k = Div(m, s)  y = Tanh(k)", "Div Tanh"),
    (PLAIN, "m = Div(x, s)  r = Relu(m)  k = Mul(r, neg)  y = Tanh(k)", "Relu Mul Tanh"),
    (PLAIN, "m = Mul(x, neg)  r = Relu(m)  k = Mul(r, v)  y = Tanh(k)", "Mul Relu Tanh"),
]


def _outputs(model, folder, name):
    onnx.save_model(model, folder / name)
    given = {}
    for value in model.graph.input:
        shape = [size.dim_value or 5 for size in value.type.tensor_type.shape.dim]
        generator = np.random.default_rng(7)
        whole = value.type.tensor_type.elem_type == onnx.TensorProto.INT64
        numbers = generator.integers(0, 5, shape) if whole else generator.normal(size=shape)
        given[value.name] = numbers.astype(np.int64 if whole else np.float32)
    return outputs_of(folder / name, given)


@pytest.mark.parametrize("kind", FACTORS)
@pytest.mark.parametrize(("signature", "body", "left"), [*BEHIND, *THROUGH, *BEFORE, *JOINED])
def test_a_scaling_goes_and_the_function_stays(signature, body, left, kind, tmp_path):
    model = graph_from_text(signature, constants_in(body, FACTORS[kind] | OTHERS), body)
    given = model.SerializeToString()
    folding = folding_of(model)
    assert model.SerializeToString() == given
    onnx.checker.check_model(folding.model, full_check=True)
    assert sorted(node.op_type for node in folding.model.graph.node) == sorted(left.split())
    for part in ("input", "output", "name"):
        assert getattr(folding.model.graph, part) == getattr(model.graph, part)
    before = _outputs(model, tmp_path, "model")
    after = _outputs(folding.model, tmp_path, "folded")
    assert measured_equality(before, after).same_function
    exact = [outcome.is_exact for outcome in folding.folded]
    assert exact == [kind == "exact"] * len(exact)
    if kind == "exact":
        assert all(np.array_equal(a, b) for a, b in zip(before, after, strict=True))
