import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import numpy_helper

from graph.equality import Tolerance, measured_equality
from graph.folding import fold, foldable
from graph.scaling import scalings

SIGNATURE = "(float[n,2] x) => (float[n,2] y)"
W = "float[2,2] w = {1, -2, 3, 0.7}"
B = "float[2] b = {0.3, -0.1}"
S = "float s = {0.8}"
X = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)


def _weights(model):
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}


def _operators(model):
    return [node.op_type for node in model.graph.node]


@pytest.mark.parametrize(
    ("initializers", "body"),
    [
        ((W, B, S), "m = Mul(x, s)  y = Gemm(m, w, b)"),
        ((W, B, S), "m = Mul(s, x)  y = Gemm(m, w, b)"),
        ((W, B, S), "m = Mul(x, s)  y = Gemm<transB = 1>(m, w, b)"),
        ((W, B, S), "m = Mul(x, s)  y = Gemm<alpha = 0.5, beta = 3.0>(m, w, b)"),
        ((W, S), "m = Mul(x, s)  y = Gemm(m, w)"),
        ((W, S), "m = Mul(x, s)  y = MatMul(m, w)"),
        ((W, B, "float[1] s = {0.8}"), "m = Mul(x, s)  y = Gemm(m, w, b)"),
        ((W, B, "float[1,1] s = {0.8}"), "m = Mul(x, s)  y = Gemm(m, w, b)"),
        ((W, B), "s = Constant<value = float {0.8}>()  m = Mul(x, s)  y = Gemm(m, w, b)"),
        ((W, B), "s = Constant<value_float = 0.8>()  m = Mul(x, s)  y = Gemm(m, w, b)"),
        ((W, B, S), "m = Mul(x, s)  k = Mul(m, s)  y = Gemm(k, w, b)"),
    ],
)
def test_a_scaling_goes_into_the_weights_in_every_form(initializers, body, parsed, predicted):
    model = parsed(SIGNATURE, f"<{', '.join(initializers)}>", body)
    before = model.SerializeToString()
    folded = fold(model)
    assert model.SerializeToString() == before
    onnx.checker.check_model(folded, full_check=True)
    assert len(_operators(folded)) == 1
    assert "s" not in _weights(folded)
    assert measured_equality([predicted(model, X)], [predicted(folded, X)]).same_function


def test_a_scaling_of_the_right_hand_matrix_goes_into_the_left_hand_weights(parsed, predicted):
    model = parsed(
        "(float[2,n] x) => (float[2,n] y)", f"<{W}, {S}>", "m = Mul(x, s)  y = MatMul(w, m)"
    )
    folded = fold(model)
    assert _operators(folded) == ["MatMul"]
    assert measured_equality([predicted(model, X.T)], [predicted(folded, X.T)]).same_function


@pytest.mark.parametrize(
    ("signature", "initializers", "body"),
    [
        # The product is needed for itself.
        (
            "(float[n,2] x) => (float[n,2] y, float[n,2] m)",
            (W, S),
            "m = Mul(x, s)  y = MatMul(m, w)",
        ),
        (SIGNATURE, (W, S), "m = Mul(x, s)  k = MatMul(m, w)  y = Add(k, m)"),
        (SIGNATURE, (S,), "m = Mul(x, s)  y = MatMul(m, m)"),
        (
            SIGNATURE,
            (W, S, "bool c = {1}"),
            "m = Mul(x, s)  k = MatMul(m, w)  y = If(c) <"
            "then_branch = t () => (float[n,2] u) { u = Add(k, m) }, "
            "else_branch = e () => (float[n,2] v) { v = Identity(k) }>",
        ),
        # It is a bias.
        (SIGNATURE, (W, S), "m = Mul(x, s)  y = Gemm(x, w, m)"),
        # There are no weights of the graph's own.
        ("(float[n,2] x, float[2,2] w) => (float[n,2] y)", (S,), "m = Mul(x, s)  y = MatMul(m, w)"),
        (
            "(float[n,2] x, float[2,2] w) => (float[n,2] y)",
            (W, S),
            "m = Mul(x, s)  y = MatMul(m, w)",
        ),
        # It is no multiplication by one constant number.
        (SIGNATURE, (W, "float[2] s = {0.8, 0.5}"), "m = Mul(x, s)  y = MatMul(m, w)"),
        # The constant adds a dimension.
        (
            "(float[2] x) => (float[1,2] y)",
            (W, "float[1,1] s = {0.8}"),
            "m = Mul(x, s)  y = MatMul(m, w)",
        ),
        # The weights would be infinite.
        (
            SIGNATURE,
            ("float[2,2] w = {1e30, 1, 1, 1}", "float s = {1e30}"),
            "m = Mul(x, s)  y = MatMul(m, w)",
        ),
        # Something stands between.
        (SIGNATURE, (W, S), "m = Mul(x, s)  k = Tanh(m)  y = MatMul(k, w)"),
    ],
)
def test_what_cannot_be_folded_is_left_alone(signature, initializers, body, parsed):
    model = parsed(signature, f"<{', '.join(initializers)}>", body)
    assert foldable(model) == ()
    assert fold(model) == model


def test_shared_weights_are_copied_and_the_other_user_keeps_its_own(parsed, predicted):
    model = parsed(
        SIGNATURE,
        f"<{W}, {S}, float w_folded = {{1}}>",
        "m = Mul(x, s)  k = MatMul(m, w)  l = MatMul(x, w)  p = Add(k, l)  y = Mul(p, w_folded)",
    )
    folded = fold(model)
    onnx.checker.check_model(folded, full_check=True)
    weights, before = _weights(folded), _weights(model)
    assert np.array_equal(weights["w"], before["w"])
    assert np.array_equal(weights["w_folded_2"], before["w"] * np.float32(0.8))
    assert len(scalings(folded.graph)) == 1
    assert measured_equality([predicted(model, X)], [predicted(folded, X)]).same_function


def test_weights_that_are_their_own_bias_keep_the_bias(parsed, predicted):
    model = parsed(
        "(float[2,2] x) => (float[2,2] y)", f"<{W}, {S}>", "m = Mul(x, s)  y = Gemm(m, w, w)"
    )
    folded = fold(model)
    x = X[:2]
    assert _operators(folded) == ["Gemm"]
    assert measured_equality([predicted(model, x)], [predicted(folded, x)]).same_function


def test_a_factor_that_serves_two_scalings_goes_when_both_are_folded(parsed):
    model = parsed(
        SIGNATURE,
        f"<{W}, float[2,2] v = {{1, 2, 3, 4}}, {S}>",
        "m = Mul(x, s)  k = MatMul(m, w)  l = Mul(k, s)  y = MatMul(l, v)",
    )
    folded = fold(model)
    assert _operators(folded) == ["MatMul", "MatMul"]
    assert set(_weights(folded)) == {"w", "v"}


def test_half_precision_weights_stay_half_precision(parsed):
    model = parsed(
        "(float16[n,2] x) => (float16[n,2] y)",
        # In the text form half-precision numbers are their bits: 1, 2, 3, 4 and 0.5.
        "<float16[2,2] w = {15360, 16384, 16896, 17408}, float16 s = {14336}>",
        "m = Mul(x, s)  y = MatMul(m, w)",
    )
    folded = fold(model)
    onnx.checker.check_model(folded, full_check=True)
    assert _weights(folded)["w"].dtype == np.float16
    assert _weights(folded)["w"].tolist() == [[0.5, 1.0], [1.5, 2.0]]


def test_folding_what_is_folded_changes_nothing(mlp):
    folded = fold(mlp([5, 4, 3, 2], [0.8, 0.5]))
    assert fold(folded) == folded


factors = st.floats(0.0625, 16, width=32)
powers_of_two = st.integers(-4, 4).map(lambda exponent: 2.0**exponent)


def networks(factor):
    return st.lists(st.integers(1, 40), min_size=3, max_size=6).flatmap(
        lambda widths: st.tuples(
            st.just(widths),
            st.lists(st.none() | factor, min_size=len(widths) - 2, max_size=len(widths) - 2),
            st.integers(0, 2**16),
            st.booleans(),
            st.sampled_from(["Relu", "Sigmoid", "Tanh"]),
        )
    )


def _both(mlp, tmp_path_factory, network, rows):
    from graph.prediction import outputs_of  # noqa: PLC0415

    model = mlp(*network)
    folded = fold(model)
    onnx.checker.check_model(folded, full_check=True)
    assert foldable(folded) == ()
    assert scalings(folded.graph) == ()
    assert len(folded.graph.node) == len(model.graph.node) - len(scalings(model.graph))
    x = np.random.default_rng(1).random((rows, network[0][0]), dtype=np.float32)
    folder = tmp_path_factory.mktemp("models")
    outputs = []
    for name, graph in (("model", model), ("folded", folded)):
        onnx.save_model(graph, folder / name)
        outputs.append(outputs_of(folder / name, {"x": x})[0])
    return outputs


@settings(deadline=None, max_examples=40)
@given(network=networks(factors), rows=st.integers(1, 20))
def test_a_folded_network_has_no_scaling_left_and_computes_the_same(
    mlp, tmp_path_factory, network, rows
):
    before, after = _both(mlp, tmp_path_factory, network, rows)
    tolerance = Tolerance(same_classes=False)  # two classes may be nearly tied by chance
    assert measured_equality([before], [after], tolerance).same_function


@settings(deadline=None, max_examples=40)
@given(network=networks(powers_of_two), rows=st.integers(1, 20))
def test_powers_of_two_fold_without_changing_a_bit_of_the_outputs(
    mlp, tmp_path_factory, network, rows
):
    before, after = _both(mlp, tmp_path_factory, network, rows)
    assert np.array_equal(before, after)
