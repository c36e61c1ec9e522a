import numpy as np
import onnx
import pytest
from onnx import numpy_helper

from contract.errors import EqualityError
from graph.equality import (
    BFLOAT16,
    FLOAT16,
    FLOAT32,
    FLOAT64,
    measure_equality,
    require_same_function,
    tolerance_of,
)
from graph.folding import fold
from graph.generated_traffic import generated_traffic
from graph.model_file import load_model


@pytest.mark.parametrize(
    ("signature", "body", "tolerance"),
    [
        ("(float[n,2] x) => (float[n,2] y)", "y = Neg(x)", FLOAT32),
        ("(double[n,2] x) => (double[n,2] y)", "y = Neg(x)", FLOAT64),
        ("(float16[n,2] x) => (float16[n,2] y)", "y = Neg(x)", FLOAT16),
        ("(double[n,2] x) => (float[n,2] y)", "y = Cast<to = 1>(x)", FLOAT32),
        ("(int64[n,2] x) => (int64[n,2] y)", "y = Neg(x)", FLOAT32),
        # What is inside counts, whatever type comes out.
        ("(float[n,2] x) => (float[n,2] y)", "h = Cast<to = 10>(x) y = Cast<to = 1>(h)", FLOAT16),
        ("(float[n,2] x) => (float[n,2] y)", "h = Cast<to = 16>(x) y = Cast<to = 1>(h)", BFLOAT16),
        (
            "(float[n,2] x) => (float[n,2] y)",
            "w = Constant<value = float16[1] {1}>() v = Cast<to = 1>(w) y = Mul(x, v)",
            FLOAT16,
        ),
        # Of 8 bits: storage, as integers are.
        ("(float[n,2] x) => (float[n,2] y)", "h = Cast<to = 17>(x) y = Cast<to = 1>(h)", FLOAT32),
    ],
)
def test_the_coarsest_type_that_a_graph_holds_says_what_is_allowed(
    signature, body, tolerance, parsed, written
):
    assert tolerance_of(written(parsed(signature, "", body))) == tolerance


def test_a_type_in_a_branch_or_a_function_counts(tmp_path):
    branch = "then_branch = a () => (float[n] p) {{ {body} }}"
    for name, (inside, function) in {
        "branch": ("h = Cast<to = 10>(x) p = Cast<to = 1>(h)", "r = Neg(t)"),
        "function": ("p = own.f(x)", "h = Cast<to = 10>(t) r = Cast<to = 1>(h)"),
    }.items():
        text = (
            '<ir_version: 10, opset_import: ["" : 20, "own" : 1]> g (bool c, float[n] x) '
            f"=> (float[n] y) {{ y = If (c) <{branch.format(body=inside)}, "
            "else_branch = b () => (float[n] q) { q = Neg(x) }> } "
            f'<domain: "own", opset_import: ["" : 20]> f (t) => (r) {{ {function} }}'
        )
        path = tmp_path / name
        onnx.save(onnx.parser.parse_model(text), path)
        assert tolerance_of(path) == FLOAT16


def _in_half_precision(model):
    """The same network, its weights and everything computed in float16."""
    half = onnx.ModelProto()
    half.CopyFrom(model)
    for tensor in half.graph.initializer:
        value = numpy_helper.to_array(tensor).astype(np.float16)
        tensor.CopyFrom(numpy_helper.from_array(value, tensor.name))
    for value in (*half.graph.input, *half.graph.output):
        value.type.tensor_type.elem_type = onnx.TensorProto.FLOAT16
    return half


def test_two_half_precision_graphs_of_one_function_pass_and_of_two_functions_do_not(mlp, written):
    widths = [784, 75, 45, 10]
    scaled = mlp(widths, [0.8, 0.7])
    folded = fold(scaled)
    assert [node.op_type for node in folded.graph.node].count("Mul") == 0
    other = mlp(widths, [0.8, 0.7], seed=1)
    models = {
        name: written(_in_half_precision(model), name)
        for name, model in {"scaled": scaled, "folded": folded, "other": other}.items()
    }
    traffic = generated_traffic(models["scaled"], requests=20, batch=50)
    measured = measure_equality(models, traffic)
    # Beyond what float32 would be allowed, within what half precision is.
    assert measured["folded"].largest_relative_difference > 1e-4
    assert measured["folded"].same_function
    assert not measured["other"].same_function


def test_the_loosest_of_the_models_tolerances_holds(parsed, written):
    signature, scale = "(float[n,2] x) => (float[n,2] y)", "<float s = {1.01}>"
    exact = written(parsed(signature, scale, "y = Mul(x, s)"), "exact")
    rounded = written(
        parsed(signature, scale, "m = Mul(x, s) h = Cast<to = 10>(m) y = Cast<to = 1>(h)"), "round"
    )
    traffic = generated_traffic(exact, requests=5, batch=20)
    for models in ({"a": exact, "b": rounded}, {"a": rounded, "b": exact}):
        assert require_same_function(models, traffic)["b"].largest_absolute_difference > 1e-4
    with pytest.raises(EqualityError):
        require_same_function({"a": exact, "b": rounded}, traffic, FLOAT32)


@pytest.mark.parametrize("network", ["residual_path", "transformer_path"])
def test_a_network_whose_scalings_are_folded_is_the_same_function_to_rounding(
    network, request, written
):
    path = request.getfixturevalue(network)
    given = load_model(path)
    folded = fold(given)
    assert len(folded.graph.node) < len(given.graph.node)
    traffic = generated_traffic(path, requests=20, batch=2)
    models = {"given": path, "folded": written(folded)}
    equality = require_same_function(models, traffic)["folded"]
    assert 0 < equality.largest_absolute_difference < equality.allowed_difference
    assert equality.class_agreement == 1


@pytest.mark.parametrize("network", ["residual_path", "transformer_path"])
def test_one_weight_that_is_a_tenth_larger_is_another_function(network, request, written):
    path = request.getfixturevalue(network)
    changed = load_model(path)
    weight = next(t for t in changed.graph.initializer if t.name.endswith("weight") and t.dims[1:])
    value = numpy_helper.to_array(weight) * np.float32(1.1)
    weight.CopyFrom(numpy_helper.from_array(value, weight.name))
    traffic = generated_traffic(path, requests=20, batch=2)
    models = {"given": path, "changed": written(changed)}
    with pytest.raises(EqualityError, match="'changed' and 'given' do not compute the same"):
        require_same_function(models, traffic)
