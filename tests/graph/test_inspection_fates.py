"""What becomes of multiplications by constants, as ONNX Runtime itself does it."""

import re
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import TensorProto, helper, numpy_helper

from graph.call_tensors import tensors_of_call
from graph.inspection.fate import fates
from graph.inspection.optimiser import Optimiser
from graph.inspection.passes import DEEDS, PASSES

MATRIX = "(float[n,2] x) => (float[n,2] y)"
SEQUENCE = "(float[n,t,2] x) => (float[n,t,2] y)"
IMAGE = "(float[n,2,5,5] x) => (float[n,3,3,3] y)"
SIGNAL = "(float[n,2,5] x) => (float[n,3,3] y)"
HALF = "float s = {0.5}"
WEIGHTS = "float[2,2] w = {1, 2, 3, 4}, float[2] b = {1, 2}"
KERNEL = f"float[3,2,3,3] w = {{{','.join(['1'] * 54)}}}, float[3] b = {{1, 2, 3}}"
SCALED = ("extended", "MatMulScaleFusion", r"FusedMatMul .* \(alpha 0.5\)")
CONVOLVED = ("basic", "ConvMulFusion", "Conv Conv_0")
KERNEL_1D = f"float[3,2,3] w = {{{','.join(['1'] * 18)}}}"


@pytest.fixture
def found(tmp_path):
    def find(model, **shapes):
        folder = tmp_path / str(len(list(tmp_path.iterdir())))
        folder.mkdir()
        return fates(Optimiser(model, folder), tensors_of_call(model, shapes))

    return find


@pytest.fixture
def fates_of(parsed, found):
    def find(signature, constants, body):
        return found(parsed(signature, f"<{constants}>", body))

    return find


def test_both_scalings_of_the_lecture_s_graph_survive_every_level_for_they_meet_a_gemm(mlp, found):
    fates_found = found(mlp([784, 75, 45, 10], [0.5, 0.8]))
    assert [fate.performed_by for fate in fates_found] == [("Mul",) * 4] * 2
    for fate in fates_found:
        assert fate.survives
        (obstacle,) = fate.obstacles
        assert (obstacle.optimiser, obstacle.reason) == (
            "MatMulScaleFusion",
            "looks at MatMul alone; the product here is a Gemm",
        )


@pytest.mark.parametrize(
    ("signature", "constants", "body", "took"),
    [
        (MATRIX, WEIGHTS, "m = Mul(x, s)  y = MatMul(m, w)", SCALED),
        (MATRIX, WEIGHTS, "m = Mul(s, x)  y = MatMul(m, w)", SCALED),
        (MATRIX, WEIGHTS, "m = MatMul(x, w)  y = Mul(m, s)", SCALED),
        (SEQUENCE, WEIGHTS, "m = Mul(x, s)  p = MatMul(m, w)  y = Add(p, b)", SCALED),
        (
            MATRIX,
            WEIGHTS,
            "m = Div(x, s)  y = MatMul(m, w)",
            ("extended", "MatMulScaleFusion", r"FusedMatMul .* \(alpha 2\)"),
        ),
        (IMAGE, KERNEL, "c = Conv(x, w, b)  m = Mul(c, s)  y = Relu(m)", CONVOLVED),
        (IMAGE, KERNEL, "c = Conv(x, w)  m = Mul(c, s)  y = Relu(m)", CONVOLVED),
    ],
)
def test_the_pass_that_takes_a_scaling_in_is_found_with_the_node_that_does_its_work(
    signature, constants, body, took, fates_of
):
    (fate,) = fates_of(signature, f"{constants}, {HALF}", body)
    assert not fate.survives
    level, optimiser, successor = took
    assert (fate.absorption.level, fate.absorption.passes) == (level, (optimiser,))
    (into,) = fate.absorption.into
    assert re.fullmatch(successor, into)


def test_with_sequences_of_open_length_the_scaling_goes_yet_bias_and_activation_stay_nodes(
    parsed, tmp_path
):
    body = "m = Mul(x, s)  p = MatMul(m, w)  a = Add(p, b)  y = Relu(a)"
    optimiser = Optimiser(parsed(SEQUENCE, f"<{WEIGHTS}, {HALF}>", body), tmp_path)
    operators = [node.op_type for node in optimiser.graph("all").node]
    assert operators == ["FusedMatMul", "Add", "Relu"]


def test_a_scaling_by_one_goes_at_the_first_level_and_nothing_does_its_work(parsed, found):
    model = parsed(MATRIX, "<float s = {1}>", "r = Tanh(x)  m = Mul(r, s)  y = Relu(m)")
    (fate,) = found(model)
    assert fate.absorption.level == "basic"
    assert fate.absorption.passes == ("NoopElimination",)
    assert fate.absorption.into == ()


def test_what_depends_on_constants_alone_is_computed_when_the_session_opens(parsed, found):
    body = "r = Sqrt(s)  m = Mul(r, t)  y = Add(x, m)"
    (fate,) = found(parsed(MATRIX, "<float s = {0.25}, float t = {3}>", body))
    assert fate.absorption.passes == ("ConstantFolding",)


def test_where_either_of_two_passes_takes_a_multiplication_both_are_named(fates_of):
    body = "r = Sqrt(s)  m = Mul(r, one)  y = Add(x, m)"
    (fate,) = fates_of(MATRIX, "float s = {0.25}, float one = {1}", body)
    assert set(fate.absorption.passes) == {"ConstantFolding", "NoopElimination"}


def test_each_scaling_is_told_its_own_successor(fates_of):
    body = "a = Mul(x, s)  p = MatMul(a, w)  r = Relu(p)  c = Mul(r, s)  y = MatMul(c, w)"
    first, second = fates_of(MATRIX, f"{WEIGHTS}, {HALF}", body)
    assert len(first.absorption.into) == len(second.absorption.into) == 1
    assert first.absorption.into != second.absorption.into


def test_of_two_equal_scalings_one_is_left(parsed, found):
    body = "a = Mul(x, s)  b = Mul(x, s)  c = Relu(b)  y = Add(a, c)"
    pair = found(parsed(MATRIX, f"<{HALF}>", body))
    assert [fate.survives for fate in pair].count(True) == 1
    (gone,) = [fate for fate in pair if not fate.survives]
    assert gone.absorption.passes == ("CommonSubexpressionElimination",)


def test_the_multiplications_of_a_gelu_go_into_one_node(parsed, found):
    body = "d = Div(x, r)  e = Erf(d)  o = Add(e, one)  m = Mul(x, o)  y = Mul(m, s)"
    constants = f"<{HALF}, float r = {{1.4142135}}, float one = {{1}}>"
    for fate in found(parsed(MATRIX, constants, body)):
        (pass_name,) = fate.absorption.passes
        assert pass_name.startswith("GeluFusion")
        (successor,) = fate.absorption.into
        assert successor.startswith("Gelu ")


@settings(deadline=None, max_examples=40)
@given(
    st.lists(
        st.sampled_from(["scale", "relu", "product", "biased", "gemm"]), min_size=1, max_size=7
    )
)
def test_what_is_said_to_survive_is_what_still_multiplies_by_its_own_number(
    tmp_path_factory, steps
):
    # An independent account: every factor is another number, looked for in the graph that runs.
    model = _chain(steps)
    optimiser = Optimiser(model, tmp_path_factory.mktemp("chain"))
    told = fates(optimiser, tensors_of_call(model, {}))
    running = optimiser.graph("all")
    constants = {
        tensor.name: numpy_helper.to_array(tensor).item()
        for tensor in running.initializer
        if int(np.prod(tensor.dims)) == 1
    }
    multiplying = {
        constants[name]
        for node in running.node
        if node.op_type == "Mul"
        for name in node.input
        if name in constants
    }
    assert len(told) == steps.count("scale")
    assert {fate.multiplication.number for fate in told if fate.survives} == multiplying
    for fate in told:
        assert fate.survives == bool(fate.obstacles)
        assert fate.survives or fate.absorption.passes == ("MatMulScaleFusion",)


def _chain(steps):
    nodes, constants, tensor = [], {"w": np.full((2, 2), 0.5), "b": np.ones(2)}, "x"
    for place, step in enumerate(steps):
        made = f"t{place}"
        if step == "scale":
            constants[f"s{place}"] = np.float32(1.5 + place / 64).reshape(())
            nodes.append(helper.make_node("Mul", [tensor, f"s{place}"], [made]))
        elif step == "relu":
            nodes.append(helper.make_node("Relu", [tensor], [made]))
        elif step == "gemm":
            nodes.append(helper.make_node("Gemm", [tensor, "w", "b"], [made]))
        else:
            product = made if step == "product" else f"p{place}"
            nodes.append(helper.make_node("MatMul", [tensor, "w"], [product]))
            if step == "biased":
                nodes.append(helper.make_node("Add", [product, "b"], [made]))
        tensor = made
    graph = helper.make_graph(
        [*nodes, helper.make_node("Tanh", [tensor], ["y"])],
        "chain",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 2])],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 2])],
        [numpy_helper.from_array(v.astype(np.float32), name) for name, v in constants.items()],
    )
    opset = [helper.make_opsetid("", 20)]
    return helper.make_model(graph, opset_imports=opset, ir_version=10)


def test_a_model_s_own_alpha_is_an_argument_of_its_product(parsed, found):
    model = parsed(MATRIX, f"<{WEIGHTS}>", "p = Gemm<alpha = 0.5>(x, w, b)  y = Relu(p)")
    (fate,) = found(model)
    assert fate.multiplication.form == "alpha"
    assert fate.performed_by == ("Gemm", "Gemm", "FusedGemm", "FusedGemm")
    assert not fate.survives


@pytest.mark.parametrize(
    ("signature", "given", "reason", "without"),
    [
        (
            MATRIX,
            (f"{WEIGHTS}, {HALF}", "r = Relu(x)  m = Mul(r, s)  p = MatMul(m, w)  y = Add(p, b)"),
            "takes it once MatMulAddFusion is off",
            (f"{WEIGHTS}, {HALF}", "r = Relu(x)  m = Mul(r, s)  y = MatMul(m, w)"),
        ),
        (
            MATRIX,
            (f"{WEIGHTS}, float[2] s = {{0.5, 0.25}}", "m = Mul(x, s)  y = MatMul(m, w)"),
            "takes one number; this is of shape (2,)",
            (f"{WEIGHTS}, float[1] s = {{0.5}}", "m = Mul(x, s)  y = MatMul(m, w)"),
        ),
        (
            MATRIX,
            (f"{WEIGHTS}, {HALF}", "p = MatMul(x, w)  m = Mul(p, s)  y = Add(m, p)"),
            "the MatMul's result is used elsewhere too, without the factor",
            (f"{WEIGHTS}, {HALF}", "p = MatMul(x, w)  m = Mul(p, s)  y = Add(m, x)"),
        ),
        (
            "(float[2] x) => (float[1,2] y)",
            (f"{WEIGHTS}, float[1,1] s = {{0.5}}", "m = Mul(x, s)  y = MatMul(m, w)"),
            "the factor has more dimensions than what it multiplies",
            (
                f"{WEIGHTS}, float[1] s = {{0.5}}, int64[1] a = {{0}}",
                "m = Mul(x, s)  p = MatMul(m, w)  y = Unsqueeze(p, a)",
            ),
        ),
        (
            MATRIX,
            (f"{WEIGHTS}, {HALF}", "m = Mul(x, s)  y = Gemm(m, w, b)"),
            "looks at MatMul alone; the product here is a Gemm",
            (f"{WEIGHTS}, {HALF}", "m = Mul(x, s)  y = MatMul(m, w)"),
        ),
        (
            IMAGE,
            (f"{KERNEL}, {HALF}", "c = Conv(x, w)  m = Mul(s, c)  y = Relu(m)"),
            "asks for the factor as the second operand; here it is the first",
            (f"{KERNEL}, {HALF}", "c = Conv(x, w)  m = Mul(c, s)  y = Relu(m)"),
        ),
        (
            IMAGE,
            (f"{KERNEL}, {HALF}", "c = Conv(x, w)  m = Div(c, s)  y = Relu(m)"),
            "asks for a Mul; this is a Div",
            (f"{KERNEL}, {HALF}", "c = Conv(x, w)  m = Mul(c, s)  y = Relu(m)"),
        ),
        (
            IMAGE,
            (f"{KERNEL}, {HALF}", "c = Conv(x, w)  m = Mul(c, s)  y = Add(m, c)"),
            "the Conv's result is used elsewhere too, without the factor",
            (f"{KERNEL}, {HALF}", "c = Conv(x, w)  m = Mul(c, s)  y = Add(m, m)"),
        ),
        (
            MATRIX,
            (f"{WEIGHTS}, {HALF}", "m = Mul(x, s)  p = MatMul(m, w)  q = Relu(m)  y = Sub(p, q)"),
            "can take it into a MatMul behind, yet the product is used elsewhere too",
            (f"{WEIGHTS}, {HALF}", "m = Mul(x, s)  p = MatMul(m, w)  q = Relu(x)  y = Sub(p, q)"),
        ),
        (
            "(double[n,2] x) => (double[n,2] y)",
            ("double[2,2] w = {1, 2, 3, 4}, double s = {0.3}", "m = Mul(x, s)  y = MatMul(m, w)"),
            "takes a number that float32 holds exactly",
            ("double[2,2] w = {1, 2, 3, 4}, double s = {0.5}", "m = Mul(x, s)  y = MatMul(m, w)"),
        ),
        (
            MATRIX,
            ("float s = {1}", "m = Mul(x, s)  y = Relu(m)"),
            "leaves a node that reads an input of the graph",
            ("float s = {1}", "t = Tanh(x)  m = Mul(t, s)  y = Relu(m)"),
        ),
        (
            MATRIX,
            ("float s = {1}", "t = Tanh(x)  y = Mul(t, s)"),
            "leaves a node that makes an output of the graph",
            ("float s = {1}", "t = Tanh(x)  m = Mul(t, s)  y = Relu(m)"),
        ),
        (
            MATRIX,
            ("float[2] s = {1, 1}", "t = Tanh(x)  m = Mul(t, s)  y = Relu(m)"),
            "takes one number; this is of shape (2,)",
            ("float[1] s = {1}", "t = Tanh(x)  m = Mul(t, s)  y = Relu(m)"),
        ),
        (
            IMAGE,
            (f"{KERNEL}, float[3] s = {{1, 2, 3}}", "c = Conv(x, w)  m = Mul(c, s)  y = Relu(m)"),
            "for numbers of shape (3, 1, 1); this is of shape (3,)",
            (
                f"{KERNEL}, float[3,1,1] s = {{1, 2, 3}}",
                "c = Conv(x, w)  m = Mul(c, s)  y = Relu(m)",
            ),
        ),
        (
            SIGNAL,
            (f"{KERNEL_1D}, float[1] s = {{2}}", "c = Conv(x, w)  m = Mul(c, s)  y = Relu(m)"),
            "for numbers of shape (3, 1); this is of shape (1,)",
            (f"{KERNEL_1D}, float s = {{2}}", "c = Conv(x, w)  m = Mul(c, s)  y = Relu(m)"),
        ),
        (
            IMAGE,
            (f"{KERNEL}, float[1] s = {{0.5}}", "c = Conv(x, w)  m = Mul(c, s)  y = Relu(m)"),
            "this is of shape (1,)",
            (f"{KERNEL}, {HALF}", "c = Conv(x, w)  m = Mul(c, s)  y = Relu(m)"),
        ),
        (
            IMAGE,
            (f"{KERNEL}, {HALF}", "m = Mul(x, s)  y = Conv(m, w)"),
            "asks for the factor behind the Conv; this is before it",
            (f"{KERNEL}, {HALF}", "c = Conv(x, w)  m = Mul(c, s)  y = Relu(m)"),
        ),
        (
            IMAGE,
            (f"{KERNEL}, {HALF}", "c = Conv(x, w)  r = Sigmoid(c)  m = Mul(r, s)  y = Tanh(m)"),
            "asks for a Conv directly before; here: Sigmoid before it, Tanh behind it",
            (f"{KERNEL}, {HALF}", "c = Conv(x, w)  m = Mul(c, s)  y = Tanh(m)"),
        ),
    ],
)
def test_what_keeps_a_pass_away_is_told_and_without_it_the_pass_takes_the_scaling(
    signature, given, reason, without, fates_of
):
    (fate,) = fates_of(signature, *given)
    assert fate.survives
    assert any(reason in obstacle.reason for obstacle in fate.obstacles), fate.obstacles
    taken = fates_of(signature, *without)
    assert all(not fate.survives and not fate.obstacles for fate in taken)


def test_weights_that_a_caller_hands_in_are_left_alone(parsed, found):
    model = parsed(
        "(float[n,2,5,5] x, float[3,2,3,3] w) => (float[n,3,3,3] y)",
        f"<{HALF}>",
        "c = Conv(x, w)  m = Mul(c, s)  y = Relu(m)",
    )
    (fate,) = found(model)
    assert fate.survives
    assert fate.obstacles[0].reason == "asks for weights and bias that are constant"


def test_in_half_precision_a_scaling_goes_at_the_last_level_where_casts_surround_the_product(
    parsed, found
):
    model = parsed(
        "(float16[n,2] x, float16[2,2] w) => (float16[n,2] y)",
        "<float16 s = {14336}>",
        "m = Mul(x, s)  y = MatMul(m, w)",
    )
    (fate,) = found(model)
    assert fate.multiplication.number == 0.5
    assert fate.performed_by == ("Mul", "Mul", "Mul", "")
    assert (fate.absorption.level, fate.absorption.passes) == ("all", ("MatMulScaleFusion",))


def test_names_that_nodes_lack_or_share_do_not_confuse_what_is_left(parsed, found):
    model = parsed(
        MATRIX,
        f"<{WEIGHTS}, {HALF}>",
        "a = Mul(x, s)  m = MatMul(a, w)  r = Relu(m)  y = Mul(r, s)",
    )
    for node in model.graph.node:
        node.name = 'the "same" name'
    first, second = found(model)
    assert first.absorption.passes == ("MatMulScaleFusion",)
    assert second.survives
    assert first.multiplication.node != second.multiplication.node


def test_what_folding_takes_out_is_marked(mlp, tmp_path):
    model = mlp([4, 3, 3, 2], [0.5, 0.25])
    first, second = fates(Optimiser(model, tmp_path), tensors_of_call(model, {}), {"scaled1"})
    assert (first.foldable, second.foldable) == (False, True)


def test_subgraphs_are_not_searched(found):
    scaled = helper.make_graph(
        [helper.make_node("Mul", ["x", "s"], ["inner"])],
        "then",
        [],
        [helper.make_tensor_value_info("inner", TensorProto.FLOAT, ["n", 2])],
    )
    same = helper.make_graph(
        [helper.make_node("Identity", ["x"], ["same"])],
        "else",
        [],
        [helper.make_tensor_value_info("same", TensorProto.FLOAT, ["n", 2])],
    )
    graph = helper.make_graph(
        [helper.make_node("If", ["switch"], ["y"], then_branch=scaled, else_branch=same)],
        "graph",
        [
            helper.make_tensor_value_info("switch", TensorProto.BOOL, []),
            helper.make_tensor_value_info("x", TensorProto.FLOAT, ["n", 2]),
        ],
        [helper.make_tensor_value_info("y", TensorProto.FLOAT, ["n", 2])],
        [numpy_helper.from_array(np.float32(0.5).reshape(()), "s")],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.checker.check_model(model)
    assert found(model) == ()


def test_every_pass_that_is_turned_off_is_one_of_this_onnx_runtime():
    # A name that it does not know it passes over in silence, and nothing would be found.
    (library,) = (Path(find_spec("onnxruntime").origin).parent / "capi").glob(
        "onnxruntime_pybind11_state*"
    )
    content = library.read_bytes()
    names = {name for passes in PASSES.values() for name in passes}
    assert {name for name in names if name.encode() not in content} == set()
    assert DEEDS.keys() <= names
