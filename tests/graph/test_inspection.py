"""A whole inspection of real models."""

import onnx
import pytest
from onnx import helper

from contract.errors import ArtifactError, ExperimentError
from graph.inspection import node_times
from graph.inspection.inspecting import Call, inspect_model
from graph.inspection.inspection import Inspection
from graph.perceptron import perceptron

UNTIMED = Call(timed=False)


def _operators(inspection, level):
    (graph,) = [graph for graph in inspection.levels if graph.level == level]
    return [node.operator for node in graph.nodes]


def test_the_lecture_s_graph_is_shown_at_every_level(written):
    inspection = inspect_model(written(perceptron((784, 75, 45, 10), factor=0.5)), UNTIMED)
    given = ["Gemm", "Relu", "Mul", "Gemm", "Relu", "Mul", "Gemm"]
    fused = [
        "com.microsoft.FusedGemm",
        "Mul",
        "com.microsoft.FusedGemm",
        "Mul",
        "Gemm",
    ]
    assert {graph.level: _operators(inspection, graph.level) for graph in inspection.levels} == {
        "given": given,
        "disabled": given,
        "basic": given,
        "extended": fused,
        "all": fused,
    }


def test_figures_of_the_lecture_s_graph_are_those_of_its_widths(written):
    path = written(perceptron((784, 75, 45, 10), factor=0.5))
    inspection = inspect_model(path, Call(batch=4, timed=False))
    numbers = 784 * 75 + 75 + 75 * 45 + 45 + 45 * 10 + 10 + 1
    (weights,) = inspection.model.weights
    assert (weights.datatype, weights.numbers, weights.size_bytes) == (
        "float32",
        numbers,
        4 * numbers,
    )
    row = 2 * (784 * 75 + 75 * 45 + 45 * 10) + (75 + 45 + 10) + 2 * (75 + 45)
    assert (inspection.call.flops_per_row, inspection.call.flops) == (row, 4 * row)
    assert inspection.call.uncounted_operators == ()
    # While the first Relu runs: the input, the linear layer's output, the Relu's.
    assert inspection.call.activations.size_bytes == 4 * 4 * (784 + 75 + 75)
    assert inspection.call.activations.unknown_tensors == 0
    assert [tensor.shape for tensor in inspection.model.inputs] == [("batch", 784)]


def test_times_are_of_the_nodes_that_run_and_add_up(written):
    inspection = inspect_model(written(perceptron((64, 32, 10), factor=0.5)), Call(batch=64))
    times = inspection.times
    assert [node.operator for node in times.nodes] == _operators(inspection, "all")
    assert sum(node.share for node in times.nodes) == pytest.approx(1)
    assert times.kernels_us <= times.call_us
    (fate,) = inspection.multiplications
    assert fate.multiplication.node in {node.name for node in times.nodes}


def test_of_a_slow_model_fewer_calls_are_timed(written, monkeypatch):
    monkeypatch.setattr(node_times, "_LONGEST_NS", 0)
    path = written(perceptron((8, 6, 4), factor=0.5))
    assert inspect_model(path).times.calls == 8


def test_a_residual_network_s_scalings_stand_before_convolutions_and_survive(residual_path):
    inspection = inspect_model(residual_path, UNTIMED)
    assert inspection.call.uncounted_operators == ()
    assert inspection.call.activations.unknown_tensors == 0
    scalings = [fate for fate in inspection.multiplications if fate.multiplication.number]
    assert len(scalings) == 2
    for fate in scalings:
        assert fate.survives
        assert fate.obstacles
    # 2 * 9 * 3 * 8 * 256 and so on: the convolutions make nearly all of it.
    assert inspection.call.flops > 2 * 256 * 8 * (27 + 72 + 72)


def test_a_transformer_s_scalings_are_all_explained(transformer_path):
    inspection = inspect_model(transformer_path, Call(batch=2, sizes={"sequence": 12}, timed=False))
    assert inspection.call.input_shapes == {"input_ids": (2, 12), "attention_mask": (2, 12)}
    assert inspection.call.uncounted_operators == ()
    assert inspection.call.activations.unknown_tensors == 0
    assert inspection.multiplications
    for fate in inspection.multiplications:
        assert fate.survives or fate.absorption.passes or fate.multiplication.form == "alpha"
        assert bool(fate.obstacles) == fate.survives


def test_times_of_a_transformer_leave_out_no_node_that_runs(transformer_path):
    inspection = inspect_model(transformer_path)
    assert {node.name for node in inspection.times.nodes} == {
        node.name for node in inspection.levels[-1].nodes
    }


def test_a_quantised_product_is_one_node_and_the_scaling_behind_it_survives(parsed, written):
    weights = "int8[2,2] w = {1, 2, 3, 4}, float ws = {0.5}, int8 wz = {0}"
    scales = "float xs = {0.1}, uint8 xz = {128}, float s = {0.5}"
    model = parsed(
        "(float[n,2] x) => (float[n,2] y)",
        f"<{weights}, {scales}>",
        "q = QuantizeLinear(x, xs, xz)  d = DequantizeLinear(q, xs, xz) "
        "v = DequantizeLinear(w, ws, wz)  p = MatMul(d, v) "
        "r = QuantizeLinear(p, xs, xz)  e = DequantizeLinear(r, xs, xz)  y = Mul(e, s)",
    )
    inspection = inspect_model(written(model), UNTIMED)
    assert _operators(inspection, "all") == [
        "QuantizeLinear",
        "QLinearMatMul",
        "DequantizeLinear",
        "Mul",
    ]
    (fate,) = inspection.multiplications
    assert fate.survives
    assert inspection.call.uncounted_operators == ()


def test_a_fixed_batch_and_none_at_all_are_called_as_they_are(parsed, written):
    fixed = parsed("(float[8,3] x) => (float[8,3] y)", "", "y = Relu(x)")
    call = inspect_model(written(fixed, "fixed.onnx"), UNTIMED).call
    assert (call.batch, call.flops, call.flops_per_row) == (8, 24, 3)
    without = parsed("(float[3] x) => (float[3] y)", "", "y = Relu(x)")
    call = inspect_model(written(without, "without.onnx"), UNTIMED).call
    assert (call.batch, call.flops, call.flops_per_row) == (1, 3, 3)


def test_subgraphs_are_said_not_to_be_searched_and_run_within_their_node(written):
    path = written(_with_branches())
    inspection = inspect_model(path)
    assert inspection.model.with_subgraphs == ("If",)
    assert "If" in {node.operator for node in inspection.times.nodes}


def test_side_files_are_read_and_told(mlp, tmp_path):
    path = tmp_path / "model.onnx"
    onnx.save_model(
        mlp([64, 32, 4], [0.5]), path, save_as_external_data=True, location="w", size_threshold=64
    )
    inspection = inspect_model(path, UNTIMED)
    assert inspection.model.side_files == {"w": (tmp_path / "w").stat().st_size}
    assert sum(weights.numbers for weights in inspection.model.weights) == 64 * 32 + 32 + 132 + 1


def test_a_document_is_read_back_as_it_was(written):
    inspection = inspect_model(written(perceptron((8, 6, 4), factor=0.5)))
    assert Inspection.model_validate_json(inspection.model_dump_json()) == inspection


def test_nothing_is_left_behind(written, tmp_path, monkeypatch):
    path = written(perceptron((8, 6, 4), factor=0.5))
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(scratch))
    inspect_model(path)
    assert list(scratch.iterdir()) == []


def test_a_model_that_the_runtime_refuses_is_named_by_its_own_path(parsed, written):
    model = parsed("(float[n,2] x) => (float[n,2] y)", "", "y = Relu(x)")
    model.graph.node[0].domain = "com.example"
    model.opset_import.add(domain="com.example", version=1)
    path = written(model)
    with pytest.raises(ArtifactError) as caught:
        inspect_model(path)
    assert str(caught.value).startswith(f"{path}: ")
    assert "perbillion-" not in str(caught.value)


def test_a_batch_that_the_model_does_not_take_is_refused(parsed, written):
    path = written(parsed("(float[8,3] x) => (float[8,3] y)", "", "y = Relu(x)"))
    with pytest.raises(ExperimentError, match="8"):
        inspect_model(path, Call(batch=2))


def _with_branches():
    branches = {}
    for name, operator in (("then_branch", "Relu"), ("else_branch", "Neg")):
        output = helper.make_tensor_value_info(f"{name}_y", onnx.TensorProto.FLOAT, ["n", 2])
        node = helper.make_node(operator, ["x"], [f"{name}_y"])
        branches[name] = helper.make_graph([node], name, [], [output])
    graph = helper.make_graph(
        [
            helper.make_node("ReduceMax", ["x"], ["largest"], keepdims=0),
            helper.make_node("Greater", ["largest", "largest"], ["switch"]),
            helper.make_node("If", ["switch"], ["y"], **branches),
        ],
        "graph",
        [helper.make_tensor_value_info("x", onnx.TensorProto.FLOAT, ["n", 2])],
        [helper.make_tensor_value_info("y", onnx.TensorProto.FLOAT, ["n", 2])],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.checker.check_model(model)
    return model
