"""What happens to weights, factors and names when a scaling is folded."""

import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from graph.equality import measured_equality
from graph.folding import fold, foldable, folding_of
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
        ((W, B, "float[1] s = {0.8}"), "m = Mul(x, s)  y = Gemm(m, w, b)"),
        ((W, B, "float[1,1] s = {0.8}"), "m = Mul(x, s)  y = Gemm(m, w, b)"),
        # Many numbers that are all the same are one.
        ((W, B, "float[1,2] s = {0.8, 0.8}"), "m = Mul(x, s)  y = Gemm(m, w, b)"),
        ((W, B), "s = Constant<value = float {0.8}>()  m = Mul(x, s)  y = Gemm(m, w, b)"),
        ((W, B), "s = Constant<value_float = 0.8>()  m = Mul(x, s)  y = Gemm(m, w, b)"),
        (
            (B, S),
            "w = Constant<value = float[2,2] {1, 2, 3, 4}>()  m = Mul(x, s)  y = Gemm(m, w, b)",
        ),
    ],
)
def test_constants_of_every_form_fold_and_the_factor_goes(initializers, body, parsed, predicted):
    model = parsed(SIGNATURE, f"<{', '.join(initializers)}>", body)
    folded = fold(model)
    onnx.checker.check_model(folded, full_check=True)
    assert _operators(folded) == ["Gemm"]
    assert set(_weights(folded)) == {"w", "b"}
    assert measured_equality([predicted(model, X)], [predicted(folded, X)]).same_function


def test_shared_weights_are_copied_and_the_other_user_keeps_its_own(parsed, predicted):
    model = parsed(
        SIGNATURE,
        f"<{W}, {S}, float w_folded = {{1}}>",
        "m = Mul(x, s)  k = MatMul(m, w)  l = MatMul(x, w)  p = Add(k, l)  q = Tanh(p)  "
        "y = Add(q, w_folded)",
    )
    folding = folding_of(model)
    onnx.checker.check_model(folding.model, full_check=True)
    weights, before = _weights(folding.model), _weights(model)
    assert np.array_equal(weights["w"], before["w"])
    assert np.array_equal(weights["w_folded_2"], before["w"] * np.float32(0.8))
    assert [outcome.copies for outcome in folding.folded] == [1]
    assert measured_equality([predicted(model, X)], [predicted(folding.model, X)]).same_function


def test_a_name_within_a_subgraph_is_not_given_to_a_copy(parsed, predicted):
    model = parsed(
        SIGNATURE,
        f"<{W}, {S}, bool c = {{1}}>",
        "m = Mul(x, s)  k = MatMul(m, w)  y = If(c) <"
        "then_branch = t () => (float[n,2] u) { w_folded = MatMul(x, w) u = Add(w_folded, k) }, "
        "else_branch = e () => (float[n,2] v) { v = Identity(k) }>",
    )
    folded = fold(model)
    onnx.checker.check_model(folded, full_check=True)
    assert "w_folded_2" in _weights(folded)
    assert measured_equality([predicted(model, X)], [predicted(folded, X)]).same_function


def test_of_two_ways_the_one_that_copies_nothing_is_taken(parsed):
    model = parsed(
        SIGNATURE,
        f"<{W}, float[2,2] v = {{1, 2, 3, 4}}, {S}>",
        "k = MatMul(x, v)  m = Mul(k, s)  l = MatMul(m, w)  r = MatMul(x, w)  y = Add(l, r)",
    )
    folding = folding_of(model)
    assert [outcome.copies for outcome in folding.folded] == [0]
    assert set(_weights(folding.model)) == {"w", "v"}
    assert np.array_equal(_weights(folding.model)["w"], _weights(model)["w"])


def test_a_factor_that_serves_two_scalings_goes_when_both_are_folded(parsed):
    model = parsed(
        SIGNATURE,
        f"<{W}, float[2,2] v = {{1, 2, 3, 4}}, {S}>",
        "m = Mul(x, s)  k = MatMul(m, w)  l = Mul(k, s)  y = MatMul(l, v)",
    )
    folded = fold(model)
    assert _operators(folded) == ["MatMul", "MatMul"]
    assert set(_weights(folded)) == {"w", "v"}


def test_a_factor_that_is_no_scaling_s_alone_stays(parsed):
    model = parsed(SIGNATURE, f"<{W}, {S}>", "m = Mul(x, s)  k = MatMul(m, w)  y = Add(k, s)")
    assert set(_weights(fold(model))) == {"w", "s"}


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


def test_a_division_rounds_the_weights_once(parsed):
    model = parsed(SIGNATURE, f"<{W}, float s = {{3}}>", "m = Div(x, s)  y = MatMul(m, w)")
    expected = (_weights(model)["w"].astype(np.float64) / 3).astype(np.float32)
    assert np.array_equal(_weights(fold(model))["w"], expected)


def test_what_is_no_part_of_a_fold_is_kept(parsed):
    model = parsed(SIGNATURE, f"<{W}, {S}>", "m = Mul(x, s)  y = MatMul(m, w)")
    model.producer_name, model.doc_string = "someone", "a model"
    model.metadata_props.add(key="author", value="someone")
    model.graph.node[1].name = "product"
    folded = fold(model)
    assert folded.graph.node[0].name == "product"
    del folded.graph.node[:], folded.graph.initializer[:]
    del model.graph.node[:], model.graph.initializer[:]
    assert folded == model


def test_an_output_of_the_graph_keeps_its_name_and_so_does_a_subgraph_s_view(parsed, predicted):
    model = parsed(
        SIGNATURE,
        f"<{W}, {S}, bool c = {{1}}>",
        "k = MatMul(x, w)  r = Relu(k)  m = Mul(r, s)  y = If(c) <"
        "then_branch = t () => (float[n,2] u) { u = Tanh(m) }, "
        "else_branch = e () => (float[n,2] v) { v = Identity(m) }>",
    )
    folded = fold(model)
    onnx.checker.check_model(folded, full_check=True)
    assert _operators(folded) == ["MatMul", "Relu", "If"]
    assert folded.graph.node[1].output == ["m"]
    assert measured_equality([predicted(model, X)], [predicted(folded, X)]).same_function


def test_scalings_in_a_row_each_find_their_way_whatever_becomes_of_the_others(parsed):
    # The last goes before, through the first, which then is the graph's output and stays.
    model = parsed(
        "(float[n,2] x) => (float[n,2] y)",
        f"<{W}, float a = {{-1.5}}, float c = {{0.5}}>",
        "k = MatMul(x, w)  r = Relu(k)  m = Mul(r, a)  y = Mul(m, c)",
    )
    folding = folding_of(model)
    assert [outcome.output for outcome in folding.folded] == ["y"]
    assert _operators(folding.model) == ["MatMul", "Relu", "Mul"]
    assert foldable(model) == {"y"}
    assert scalings(folding.model.graph)[0].output == "y"
    assert foldable(folding.model) == frozenset()


def test_folding_what_is_folded_changes_nothing(mlp):
    folded = fold(mlp([5, 4, 3, 2], [0.8, 0.5]))
    assert fold(folded) == folded


def test_what_is_to_be_left_is_left_with_its_reason_and_takes_nothing_in(parsed):
    model = parsed(
        SIGNATURE,
        f"<{S}, float[2] v = {{1, 3}}>",
        "m = Mul(x, s)  k = Mul(m, v)  y = Tanh(k)",
    )
    folding = folding_of(model, leave={"k": "someone wants it"})
    assert folding.model == model
    assert folding.outcomes[1].reason == "someone wants it"


def test_the_account_names_weights_and_the_way_there(parsed):
    model = parsed(
        SIGNATURE,
        f"<{W}, {B}, {S}>",
        "k = Gemm(x, w, b)  r = Relu(k)  m = Mul(r, s)  t = Tanh(m)  y = Div(t, s)",
    )
    went, stays = folding_of(model).outcomes
    assert [(it.operator, it.node, it.weights) for it in went.into] == [
        ("Gemm", "k", "w"),
        ("Gemm", "k", "b"),
    ]
    assert (went.output, went.operator, went.factor) == ("m", "Mul", "0.8")
    assert went.through == ("r",)
    assert (stays.operator, stays.factor, stays.is_folded) == ("Div", "1.25", False)
    assert stays.reason == (
        "behind it, 'y' is an output, or used in a subgraph; "
        "before it, Tanh 't' lets no factor through"
    )
