"""Scalings that must stay where they are, each with the reason that is given."""

import numpy as np
import pytest

from graph.folding import folding_of
from graph_text import constants_in, graph_from_text

PLAIN = "(float[n,2] x) => (float[n,2] y)"
SQUARE = "(float[2,2] x) => (float[2,2] y)"
IMAGE = "(float[n,4,6,6] x) => (float[n,c,h,w] y)"
CONSTANTS = {
    "s": np.float32(0.8),
    "neg": np.float32(-0.8),
    "v": np.array([0.8, 0.5], np.float32),
    "col": np.array([[0.8], [0.5]], np.float32),
    "matrix": np.array([[0.8, 0.5], [2, 3]], np.float32),
    "row": np.arange(1, 7, dtype=np.float32),
    "deep": np.full((1, 1, 1), 0.8, np.float32),
    "nothing": np.float32(0),
    "endless": np.float32(np.inf),
    "undefined": np.float32(np.nan),
    "minute": np.float32(1e-40),
    "huge": np.float32(1e30),
    "tiny": np.float32(1e-30),
    "w": np.array([[1, -2], [3, 0.7]], np.float32),
    "large": np.array([[1e30, 1], [1, 1]], np.float32),
    "small": np.array([[1e-30, 1], [1, 1]], np.float32),
    "thin": np.ones((2, 1), np.float32),
    "lone": np.ones(1, np.float32),
    "b": np.array([1, 2], np.float32),
    "kernel": np.ones((4, 4, 3, 3), np.float32),
    "w1": np.ones((1, 2), np.float32),
    "bytes": np.array([[1, 2], [3, 4]], np.int8),
    "yes": np.array(True),
    "half": np.float32(0.5),
    "first": np.array([0]),
    "last": np.array([-1]),
}
BRANCHES = (
    "then_branch = t () => (float[n,2] u) { u = Add(k, m) }, "
    "else_branch = e () => (float[n,2] z) { z = Identity(k) }"
)


@pytest.mark.parametrize(
    ("signature", "body", "reason"),
    [
        # Others need the product, or what is scaled, as it is.
        (
            "(float[n,2] x) => (float[n,2] y, float[n,2] m)",
            "m = Mul(x, s)  y = MatMul(m, w)",
            "'m' is an output",
        ),
        (PLAIN, f"m = Mul(x, s)  k = MatMul(m, w)  y = If(yes) <{BRANCHES}>", "in a subgraph"),
        (PLAIN, "m = Mul(x, s)  k = MatMul(m, w)  y = Add(k, m)", "adds what is not scaled"),
        (SQUARE, "m = Mul(x, s)  y = MatMul(m, m)", "uses 'm' twice"),
        (SQUARE, "m = Mul(x, s)  r = Relu(m)  y = Gemm(r, m)", "reaches Gemm 'y' twice"),
        (PLAIN, "k = MatMul(x, w)  m = Mul(k, s)  y = Add(k, m)", "'k' is used elsewhere too"),
        (
            "(float[n,2] x) => (float[n,2] y, float[n,2] k)",
            "k = MatMul(x, w)  y = Mul(k, s)",
            "'k' is used elsewhere too",
        ),
        # It is no multiplication of weights.
        (SQUARE, "m = Mul(x, s)  y = Gemm(x, w, m)", "feeds the bias"),
        (
            "(float[4,4,3,3] x) => (float[4,4,1,1] y)",
            "m = Mul(x, s)  y = Conv(x, m)",
            "feeds the weights of Conv",
        ),
        (PLAIN, "y = Mul(x, s)", "'x' comes from the caller"),
        # There are no weights that may be changed.
        (
            "(float[n,2] x, float[2,2] a) => (float[n,2] y)",
            "m = Mul(x, s)  y = MatMul(m, a)",
            "come from the caller, or may",
        ),
        (SQUARE, "m = Mul(x, s)  k = Tanh(x)  y = MatMul(m, k)", "computed at every prediction"),
        (SQUARE, "m = Mul(x, v)  k = Tanh(x)  y = Gemm(m, k)", "computed at every prediction"),
        (
            PLAIN,
            "m = Mul(x, s)  q = DequantizeLinear(bytes, half)  y = MatMul(m, q)",
            "are quantised",
        ),
        # The weights could not hold it.
        (PLAIN, "m = Mul(x, huge)  y = MatMul(m, large)", "would be infinite"),
        (PLAIN, "m = Mul(x, tiny)  y = MatMul(m, small)", "too small for their type"),
        # It is no factor that can be moved.
        (PLAIN, "m = Mul(x, nothing)  y = MatMul(m, w)", "it is 0"),
        (PLAIN, "m = Div(x, nothing)  y = MatMul(m, w)", "not a finite number"),
        (PLAIN, "m = Mul(x, endless)  y = MatMul(m, w)", "not a finite number"),
        (PLAIN, "m = Div(x, endless)  y = MatMul(m, w)", "it is 0"),
        (PLAIN, "m = Mul(x, undefined)  y = MatMul(m, w)", "not a finite number"),
        (PLAIN, "m = Mul(x, minute)  y = MatMul(m, w)", "too small"),
        # It changes the shape, or might.
        (
            "(float[n,2] x) => (float[1,n,2] y)",
            "m = Mul(x, deep)  y = MatMul(m, w)",
            "more dimensions",
        ),
        (
            "(float[n,1] x) => (float[n,2] y)",
            "m = Mul(x, v)  y = MatMul(m, w)",
            "wider than what it scales",
        ),
        (
            "(float[n,k] x) => (float[n,2] y)",
            "m = Mul(x, v)  y = MatMul(m, w)",
            "not known, and it might change it",
        ),
        (SQUARE, "m = Mul(x, matrix)  y = MatMul(m, w)", "differ along several axes"),
        # Its numbers are along another axis than the weights'.
        (SQUARE, "m = Mul(x, col)  y = MatMul(m, w)", "the axis that MatMul 'y' sums over"),
        (SQUARE, "m = Mul(x, v)  y = Gemm<transA = 1>(m, w)", "the axis that Gemm 'y' sums over"),
        (IMAGE, "m = Mul(x, row)  y = Conv(m, kernel)", "the axis that Conv 'y' sums over"),
        (SQUARE, "k = MatMul(x, w)  y = Mul(k, col)", "an axis of the weights of MatMul 'k'"),
        (
            "(float[3,2] x) => (float[1,3,2] y)",
            "m = MatMul(x, w)  q = Unsqueeze(m, first)  p = MatMul(x, w)  a = Add(q, p)  "
            "y = Mul(a, v)",
            "Add 'a' changes the shape of 'p'",
        ),
        (
            PLAIN,
            "q = MatMul(x, w)  p = MatMul(x, thin)  a = Add(q, p)  y = Mul(a, v)",
            "Add 'a' widens 'p'",
        ),
        (PLAIN, "k = LayerNormalization(x, lone)  y = Mul(k, v)", "of another shape than usual"),
        (
            "(int64[2] i) => (float[2,2] y)",
            "k = Gather(w, i)  y = Mul(k, col)",
            "an axis of the table of Gather",
        ),
        (IMAGE, "k = Conv<pads = [1,1,1,1]>(x, kernel)  y = Mul(k, row)", "the channels of Conv"),
        (
            "(float[n,3,2] x) => (float[a,c,d] y)",
            "m = Mul(x, v)  y = ReduceMax(m)",
            "reduces along all axes",
        ),
        (
            "(float[n,2,2] x) => (float[n,2] y)",
            "m = Mul(x, v)  k = ReduceMean<keepdims = 0>(m, last)  y = MatMul(k, w)",
            "reduces along the axis",
        ),
        (
            "(float[n,4,6,6] x) => (float[n,4,5,5] y)",
            "m = Mul(x, row)  y = MaxPool<kernel_shape = [2, 2]>(m)",
            "pools along the axis",
        ),
        (PLAIN, "m = Mul(x, v)  k = Gather<axis = 1>(m, first)  y = MatMul(k, w1)", "only one"),
        # It would not be the same function.
        (PLAIN, "m = Mul(x, neg)  k = Relu(m)  y = MatMul(k, w)", "only positive factors"),
        (PLAIN, "k = MatMul(x, w)  r = Relu(k)  y = Mul(r, neg)", "only positive factors"),
        *[
            (PLAIN, f"m = Mul(x, s)  k = {function}  y = MatMul(k, w)", "lets no factor through")
            for function in (
                "Tanh(m)",
                "Sigmoid(m)",
                "Softmax(m)",
                "Gelu(m)",
                "Elu(m)",
                "Exp(m)",
                "Clip(m, s)",
                "LayerNormalization(m, b)",
            )
        ],
        (PLAIN, "m = Mul(x, s)  k = Add(m, b)  y = MatMul(k, w)", "adds what is not scaled"),
        (PLAIN, "m = Mul(x, s)  k = Div(b, m)  y = MatMul(k, w)", "no factor through from 'm'"),
        (PLAIN, "m = Mul(x, s)  k = PRelu(x, m)  y = MatMul(k, w)", "through from 'm'"),
        (
            PLAIN,
            "m = Mul(x, s)  k = Dropout(m, half, yes)  y = MatMul(k, w)",
            "is in training mode",
        ),
        (
            PLAIN,
            "m = Mul(x, s)  k = Cast<to = 10>(m)  l = Cast<to = 1>(k)  y = MatMul(l, w)",
            "narrower type",
        ),
        (SQUARE, "a = Tanh(x)  m = Mul(x, s)  k = Mul(m, a)  y = MatMul(k, w)", "what is computed"),
    ],
)
def test_what_would_be_wrong_is_left_with_its_reason(signature, body, reason):
    model = graph_from_text(signature, constants_in(body, CONSTANTS), body)
    folding = folding_of(model)
    (outcome,) = folding.outcomes
    assert not outcome.is_folded
    assert reason in outcome.reason
    assert folding.model == model


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ("float[2,2] w = {1, 2, 3, 4}", "come from the caller, or may"),
        ("float s = {0.5}", None),
    ],
)
def test_a_default_that_a_caller_may_override_is_no_constant(given, reason, parsed):
    declared = given.partition(" =")[0]
    constants = {"float[2,2] w": "{1, 2, 3, 4}", "float s": "{0.5}"}
    body = "m = Mul(x, s)  y = MatMul(m, w)"
    initializers = ", ".join(f"{name} = {value}" for name, value in constants.items())
    model = parsed(f"(float[n,2] x, {declared}) => (float[n,2] y)", f"<{initializers}>", body)
    folding = folding_of(model)
    assert folding.model == model
    assert all(reason in outcome.reason for outcome in folding.outcomes)
    assert len(folding.outcomes) == (0 if reason is None else 1)


def test_an_operator_of_another_domain_is_not_taken_for_the_standard_one(parsed):
    model = parsed(
        PLAIN, "<float[2,2] w = {1, 2, 3, 4}, float s = {0.5}>", "m = Mul(x, s)  y = MatMul(m, w)"
    )
    model.graph.node[1].domain = "com.example"
    model.opset_import.add(domain="com.example", version=1)
    assert folding_of(model).model == model


def test_a_scaling_that_nothing_uses_is_left(parsed):
    model = parsed(PLAIN, "<float s = {0.5}>", "m = Mul(x, s)  y = Relu(x)")
    assert "nothing uses it" in folding_of(model).outcomes[0].reason


def test_a_normalisation_of_every_place_by_itself_is_not_taken_for_one_of_channels():
    constants = {"a": np.ones((4, 4, 4), np.float32), "c": np.ones((4, 1, 1), np.float32)}
    constants["c"][0] = 2
    model = graph_from_text(
        "(float[n,4,4,4] x) => (float[n,4,4,4] y)",
        constants,
        "k = BatchNormalization<spatial = 0>(x, a, a, a, a)  y = Mul(k, c)",
        opset=8,
    )
    assert "of another shape than usual" in folding_of(model).outcomes[0].reason
