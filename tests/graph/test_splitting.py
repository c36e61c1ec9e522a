import numpy as np
import onnx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from onnx import numpy_helper

from contract.errors import ExperimentError
from graph.census import take_census
from graph.equality import Tolerance, measured_equality
from graph.folding import fold
from graph.scaling import scalings
from graph.splitting import split_scalings

SIGNATURE = "(float[n,2] x) => (float[n,2] y)"
X = np.random.default_rng(0).normal(size=(50, 2)).astype(np.float32)


def _factors(model):
    return [scaling.factor.item() for scaling in scalings(model.graph)]


def _names(model):
    return {tensor.name for tensor in model.graph.initializer}


@pytest.mark.parametrize("parts", [2, 4, 8])
@pytest.mark.parametrize("kept", [(0.5, 0.5), (0.8, 0.5)])
def test_every_part_runs_after_the_runtime_s_optimisation(kept, parts, mlp):
    census = take_census(split_scalings(mlp([784, 75, 45, 10], kept), parts))
    muls = ("Mul",) * parts
    assert census.operators == ("Gemm", "Relu", *muls, "Gemm", "Relu", *muls, "Gemm")
    assert census.operators_optimised == ("FusedGemm", *muls, "FusedGemm", *muls, "Gemm")


def test_each_layer_is_split_by_the_root_of_its_own_factor_in_its_place(mlp):
    assert _factors(split_scalings(mlp([4, 3, 3, 2], [0.8, 0.5]), 4)) == [
        *[np.float32(0.8**0.25)] * 4,
        *[np.float32(0.5**0.25)] * 4,
    ]


def test_a_layer_that_is_not_scaled_stays_unscaled(mlp):
    assert _factors(split_scalings(mlp([4, 3, 3, 2], [None, 0.25]), 2)) == [0.5, 0.5]


@pytest.mark.parametrize(
    ("initializers", "body"),
    [
        ("<float s = {0.8}>", "y = Mul(x, s)"),
        ("<float s = {0.8}>", "y = Mul(s, x)"),
        ("<float[1] s = {0.8}>", "y = Mul(x, s)"),
        ("<float[1,1] s = {0.8}>", "y = Mul(x, s)"),
        ("", "s = Constant<value = float {0.8}>()  y = Mul(x, s)"),
        ("", "s = Constant<value_float = 0.8>()  y = Mul(x, s)"),
    ],
)
def test_a_scaling_is_split_in_every_form(initializers, body, parsed, predicted):
    model = parsed(SIGNATURE, initializers, body)
    before = model.SerializeToString()
    split = split_scalings(model, 3)
    assert model.SerializeToString() == before
    onnx.checker.check_model(split, full_check=True)
    assert [node.op_type for node in split.graph.node] == ["Mul"] * 3
    # What was the factor is gone: nothing uses it.
    assert len(_names(split)) == 1
    assert measured_equality([predicted(model, X)], [predicted(split, X)]).same_function


def test_a_constant_that_adds_a_dimension_still_does(parsed, predicted):
    model = parsed("(float[2] x) => (float[1,2] y)", "<float[1,1] s = {0.8}>", "y = Mul(x, s)")
    assert predicted(split_scalings(model, 2), X[0]).shape == (1, 2)


def test_a_factor_that_something_else_uses_is_kept(parsed, predicted):
    model = parsed(SIGNATURE, "<float s = {0.8}>", "m = Mul(x, s)  y = Add(m, s)")
    split = split_scalings(model, 2)
    assert "s" in _names(split)
    assert measured_equality([predicted(model, X)], [predicted(split, X)]).same_function


def test_names_that_are_taken_are_not_given_again(parsed, predicted):
    model = parsed(
        SIGNATURE,
        "<float s = {0.8}, float s_root2 = {2}>",
        "y_part1 = Add(x, s_root2)  y = Mul(y_part1, s)",
    )
    split = split_scalings(model, 2)
    onnx.checker.check_model(split, full_check=True)
    assert measured_equality([predicted(model, X)], [predicted(split, X)]).same_function


def test_half_precision_stays_half_precision(parsed):
    # In the text form a half-precision number is its bits: 0.25.
    model = parsed("(float16[n,2] x) => (float16[n,2] y)", "<float16 s = {13312}>", "y = Mul(x, s)")
    split = split_scalings(model, 2)
    onnx.checker.check_model(split, full_check=True)
    (root,) = split.graph.initializer
    assert numpy_helper.to_array(root).dtype == np.float16
    assert _factors(split) == [0.5, 0.5]


def test_one_part_and_a_model_without_scalings_are_the_model_itself(mlp):
    assert split_scalings(mlp([4, 3, 2], [0.8]), 1) == mlp([4, 3, 2], [0.8])
    assert split_scalings(mlp([4, 3, 2], [None]), 8) == mlp([4, 3, 2], [None])


def test_a_factor_whose_root_rounds_to_1_is_refused_for_nothing_would_run(mlp):
    nearly_1 = float(np.nextafter(np.float32(1), np.float32(0)))
    with pytest.raises(ExperimentError, match=r"0\.99999994.* into 8: its root rounds to 1"):
        split_scalings(mlp([4, 3, 2], [nearly_1]), 8)
    # The pair: what is not refused runs as often as it says.
    census = take_census(split_scalings(mlp([4, 3, 2], [1 - 2.0**-20]), 8))
    assert census.operators_optimised.count("Mul") == 8


def test_a_negative_factor_is_refused(mlp):
    with pytest.raises(ExperimentError, match=r"-0\.5 cannot be split into 2: it is negative"):
        split_scalings(mlp([4, 3, 2], [-0.5]), 2)


networks = st.lists(st.integers(1, 40), min_size=3, max_size=6).flatmap(
    lambda widths: st.tuples(
        st.just(widths),
        st.lists(
            st.none() | st.floats(0.0625, 16, width=32).filter(lambda factor: factor != 1),
            min_size=len(widths) - 2,
            max_size=len(widths) - 2,
        ),
        st.integers(0, 2**16),
    )
)


@settings(deadline=None, max_examples=30)
@given(network=networks, parts=st.integers(2, 8))
def test_a_split_network_computes_the_same_and_folds_to_the_same_graph(
    mlp, tmp_path_factory, network, parts
):
    from graph.prediction import outputs_of  # noqa: PLC0415

    model = mlp(*network)
    try:
        split = split_scalings(model, parts)
    except ExperimentError:
        return  # a factor next to 1
    onnx.checker.check_model(split, full_check=True)
    assert len(scalings(split.graph)) == parts * len(scalings(model.graph))
    assert [node.op_type for node in fold(split).graph.node] == [
        node.op_type for node in fold(model).graph.node
    ]
    x = np.random.default_rng(1).random((9, network[0][0]), dtype=np.float32)
    folder = tmp_path_factory.mktemp("models")
    outputs = []
    for name, graph in (("model", model), ("split", split)):
        onnx.save_model(graph, folder / name)
        outputs.append(outputs_of(folder / name, {"x": x})[0])
    tolerance = Tolerance(same_classes=False)  # two classes may be nearly tied by chance
    assert measured_equality([outputs[0]], [outputs[1]], tolerance).same_function
