import numpy as np
import onnx
import pytest

from contract.errors import ArtifactError
from graph.census import take_census
from graph.copying import copying_model
from graph.session import input_specs, open_session, output_specs


def test_the_copy_has_the_inputs_and_outputs_of_the_model(mlp, written):
    model = mlp([12, 7, 5], [0.5])
    copying = copying_model(model)
    onnx.checker.check_model(copying, full_check=True)
    assert copying.opset_import == model.opset_import
    sessions = [open_session(written(graph)) for graph in (model, copying)]
    assert input_specs(sessions[0]) == input_specs(sessions[1])
    assert output_specs(sessions[0]) == output_specs(sessions[1])


@pytest.mark.parametrize("rows", [1, 2, 33])
def test_the_first_numbers_of_each_row_come_out_whatever_the_number_of_rows(rows, mlp, predicted):
    x = np.random.default_rng(0).random((rows, 12), dtype=np.float32)
    assert np.array_equal(predicted(copying_model(mlp([12, 7, 5], [0.5])), x), x[:, :5])


def test_one_node_runs_and_nothing_is_computed(mlp):
    census = take_census(copying_model(mlp([12, 7, 5], [0.5])))
    assert census.operators_optimised == ("Gather",)
    assert census.flops_per_row == 0


def test_an_initializer_that_is_listed_as_an_input_is_no_input(parsed, predicted):
    model = parsed(
        "(float[n,2] x, float[2,2] w) => (float[n,2] y)",
        "<float[2,2] w = {1, 2, 3, 4}>",
        "y = MatMul(x, w)",
    )
    x = np.ones((3, 2), dtype=np.float32)
    assert np.array_equal(predicted(copying_model(model), x), x)


def test_a_tensor_of_the_model_may_bear_any_name(parsed):
    model = parsed("(float[n,2] first) => (float[n,2] y)", "", "y = Relu(first)")
    onnx.checker.check_model(copying_model(model), full_check=True)


@pytest.mark.parametrize(
    ("signature", "body", "reason"),
    [
        ("(float[n,2] x, float[n,2] z) => (float[n,2] y)", "y = Add(x, z)", "several inputs"),
        ("(float[n,2] x) => (float[n,2] y, float[n,2] z)", "y = Relu(x) z = Abs(x)", "several"),
        ("(float[n,2] x) => (float16[n,2] y)", "y = Cast<to = 10>(x)", "another type"),
        ("(float[n,2] x) => (float[n,4] y)", "y = Concat<axis = 1>(x, x)", "only 2"),
        ("(float[n,2,2] x) => (float[n,2,2] y)", "y = Relu(x)", r"\(rows, numbers\)"),
        ("(float[n,m] x) => (float[n,m] y)", "y = Relu(x)", r"\(rows, numbers\)"),
    ],
)
def test_a_model_that_cannot_be_copied_is_refused_with_the_reason(signature, body, reason, parsed):
    with pytest.raises(ArtifactError, match=reason):
        copying_model(parsed(signature, "", body))
