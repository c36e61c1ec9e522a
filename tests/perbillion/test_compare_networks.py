"""``perbillion compare`` on other networks than perceptrons, with inputs of other types."""

import json

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from command_line import perbillion
from exported_networks import residual_network, transformer_block
from graph.folding import fold
from graph.model_file import load_model
from report.comparison.comparison import Comparison

TINY = (
    "in_process.pairs=1",
    "in_process.rounds_per_start=10",
    "served.pairs=1",
    "served.seconds_per_start=0.3",
    "served.warmup_rounds=3",
    "served.blocks_per_arm=0",
)
SETTINGS = [word for setting in TINY for word in ("--set", setting)]


@pytest.fixture(scope="module")
def networks(tmp_path_factory):
    """Each as torch exported it, and folded; the convolutional one with weights beside it."""
    folder = tmp_path_factory.mktemp("networks")
    made = {"residual": residual_network(folder), "transformer": transformer_block(folder)}
    pairs = {}
    for name, path in made.items():
        pairs[name] = (folder / f"{name}-plain.onnx", folder / f"{name}-folded.onnx")
        models = (load_model(path), fold(load_model(path)))
        for model, target in zip(models, pairs[name], strict=True):
            onnx.save_model(
                model,
                target,
                save_as_external_data=name == "residual",
                location=f"{target.stem}.weights",
                # What shapes follow from has to stay inside.
                size_threshold=256,
            )
    return pairs


def _result(folder):
    return Comparison.load(folder / "c.json").batches[0].result


def _compared(pair, folder, *options):
    ended = perbillion("compare", *pair, *options, *SETTINGS, "--json", "c.json", folder=folder)
    # Too few units for an interval: the run does not count.
    assert ended.returncode == 5, ended.stderr
    result = _result(folder)
    assert result.model("b").from_reference.same_function
    assert next(gate for gate in result.gates if gate.name == "failures").figure == 0
    return result, ended


def test_a_convolutional_network_with_weights_beside_it_is_compared_with_its_folded_form(
    networks, tmp_path
):
    result, _ = _compared(networks["residual"], tmp_path)
    assert (result.model("a").scalings, result.model("b").scalings) == (2, 0)
    measured = {found.instrument: found for found in result.instruments}
    assert {"in_process", "handler", "cpu_per_request", "client_latency"} <= set(measured)
    assert measured["cpu_per_request"].rounds >= 10
    assert all(path.is_symlink() for path in tmp_path.rglob("*.weights"))


def test_a_transformer_is_compared_with_its_folded_form_on_recorded_requests_of_several_lengths(
    networks, tmp_path
):
    plain, _ = networks["transformer"]
    names = [value.name for value in onnx.load(plain).graph.input]
    lines = []
    for length in (3, 7, 5):
        values = {names[0]: [[1] * length], names[1]: [[1] * length]}
        tensors = [
            {"name": name, "shape": [1, length], "datatype": "INT64", "data": data}
            for name, data in values.items()
        ]
        lines.append(json.dumps({"inputs": tensors}))
    (tmp_path / "traffic.jsonl").write_text("\n".join(lines))
    result, _ = _compared(networks["transformer"], tmp_path, "--inputs", "traffic.jsonl")
    assert result.model("a").scalings > result.model("b").scalings
    assert result.model("b").from_reference.rows >= 3


@pytest.fixture
def mixed(tmp_path):
    """y is x (FP16) where the mask (BOOL) holds and otherwise n (INT8), in FP16."""
    graph = helper.make_graph(
        [
            helper.make_node("Cast", ["n"], ["half"], to=TensorProto.FLOAT16),
            helper.make_node("Where", ["mask", "x", "half"], ["y"]),
            helper.make_node("Not", ["mask"], ["rest"]),
        ],
        "mixed",
        [
            helper.make_tensor_value_info("x", TensorProto.FLOAT16, ["batch", 3]),
            helper.make_tensor_value_info("mask", TensorProto.BOOL, ["batch", 3]),
            helper.make_tensor_value_info("n", TensorProto.INT8, ["batch", 3]),
        ],
        [
            helper.make_tensor_value_info("y", TensorProto.FLOAT16, ["batch", 3]),
            helper.make_tensor_value_info("rest", TensorProto.BOOL, ["batch", 3]),
        ],
    )
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10)
    onnx.save(model, tmp_path / "mixed.onnx")
    return tmp_path / "mixed.onnx"


def test_recorded_arrays_of_half_precision_booleans_and_integers_are_served_on_two_threads(
    mixed, tmp_path
):
    arrays = {
        "x": np.zeros((9, 3), dtype=np.float16),
        "mask": np.ones((9, 3), dtype=np.bool_),
        "n": np.zeros((9, 3), dtype=np.int8),
    }
    np.savez(tmp_path / "traffic.npz", **arrays)
    options = ("--inputs", "traffic.npz", "--batch", "3", "--threads", "2")
    result, ended = _compared((mixed, mixed), tmp_path, *options)
    assert result.model("b").from_reference.rows == 9
    assert result.instrument("client_latency").rounds > 10
    # One thread's clock does not tell what two do.
    assert result.experiment.endpoint == "client_latency"
    assert result.instrument("cpu_per_request") is None
    assert result.instrument("in_process") is not None
    assert "of client latency" in ended.stderr + ended.stdout


def test_recorded_arrays_that_lack_an_input_are_one_line(mixed, tmp_path):
    np.savez(tmp_path / "short.npz", x=np.zeros((9, 3), dtype=np.float16))
    ended = perbillion("compare", mixed, mixed, "--inputs", "short.npz", folder=tmp_path)
    assert ended.returncode == 2
    assert "mask" in ended.stderr


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "not a valid ONNX model"),
        (b"\x08\x0a garbage", "not a valid ONNX model"),
        (None, "No such file"),
    ],
)
def test_a_file_that_is_no_model_is_one_line(content, complaint, mixed, tmp_path):
    path = tmp_path / "bad.onnx"
    if content is not None:
        path.write_bytes(content)
    for models in ((path, mixed), (mixed, path)):
        ended = perbillion("compare", *models, folder=tmp_path)
        assert ended.returncode == 2
        assert complaint.lower() in ended.stderr.lower()
        assert "bad.onnx" in ended.stderr
        assert len(ended.stderr.strip().splitlines()) == 1
