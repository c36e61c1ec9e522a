"""``perbillion compare`` on other networks than perceptrons, with inputs of other types."""

import json

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper

from command_line import perbillion
from exported_networks import residual_network, transformer_block
from graph.perceptron import perceptron
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
    """Each as torch exported it, and folded by the command."""
    folder = tmp_path_factory.mktemp("networks")
    made = {"residual": residual_network(folder), "transformer": transformer_block(folder)}
    for name, path in made.items():
        ended = perbillion("fold", path, "-o", f"{name}-folded.onnx", folder=folder)
        assert ended.returncode == 0, ended.stderr
    return {name: (path, folder / f"{name}-folded.onnx") for name, path in made.items()}


def _result(folder):
    return Comparison.load(folder / "c.json").batches[0].result


@pytest.mark.parametrize("name", ["residual", "transformer"])
def test_a_network_and_its_folded_form_go_through_a_comparison(name, networks, tmp_path):
    ended = perbillion("compare", *networks[name], *SETTINGS, "--json", "c.json", folder=tmp_path)
    # Too few units for an interval: the run does not count.
    assert ended.returncode == 5, ended.stderr
    result = _result(tmp_path)
    assert result.model("b").from_reference.same_function
    assert result.model("a").scalings > result.model("b").scalings
    measured = {found.instrument: found for found in result.instruments}
    assert {"in_process", "handler", "cpu_per_request", "client_latency"} <= set(measured)
    assert measured["cpu_per_request"].rounds >= 10


def test_recorded_requests_of_several_lengths_are_sent_as_they_were_recorded(networks, tmp_path):
    plain, folded = networks["transformer"]
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
    ended = perbillion(
        *("compare", plain, folded, "--inputs", "traffic.jsonl", *SETTINGS, "--json", "c.json"),
        folder=tmp_path,
    )
    assert ended.returncode == 5, ended.stderr
    result = _result(tmp_path)
    assert result.model("b").from_reference.rows >= 3
    failures = next(gate for gate in result.gates if gate.name == "failures")
    assert failures.figure == 0


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


def test_several_inputs_and_outputs_of_half_precision_booleans_and_integers_are_served(
    mixed, tmp_path
):
    ended = perbillion(
        *("compare", mixed, mixed, "--batch", "4", *SETTINGS, "--json", "c.json"), folder=tmp_path
    )
    assert ended.returncode == 5, ended.stderr
    result = _result(tmp_path)
    assert result.model("b").from_reference.rows == 4 * 256
    assert result.instrument("client_latency").rounds > 10


def test_recorded_arrays_are_grouped_by_the_batch_and_a_wrong_one_is_one_line(mixed, tmp_path):
    arrays = {
        "x": np.zeros((9, 3), dtype=np.float16),
        "mask": np.ones((9, 3), dtype=np.bool_),
        "n": np.zeros((9, 3), dtype=np.int8),
    }
    np.savez(tmp_path / "short.npz", x=arrays["x"])
    ended = perbillion("compare", mixed, mixed, "--inputs", "short.npz", folder=tmp_path)
    assert ended.returncode == 2
    assert "mask" in ended.stderr
    np.savez(tmp_path / "whole.npz", **arrays)
    ended = perbillion(
        *("compare", mixed, mixed, "--inputs", "whole.npz", "--batch", "3"),
        *(*SETTINGS, "--json", "c.json"),
        folder=tmp_path,
    )
    assert ended.returncode == 5, ended.stderr
    assert _result(tmp_path).model("b").from_reference.rows == 9


def test_a_model_with_its_weights_in_a_file_beside_it_is_served_without_a_copy(tmp_path):
    folder = tmp_path / "large"
    folder.mkdir()
    for name in ("a", "b"):
        onnx.save_model(
            # Writing changes the model in memory.
            perceptron((64, 64, 32, 4), factor=0.6),
            folder / f"{name}.onnx",
            save_as_external_data=True,
            location=f"{name}.weights",
            size_threshold=0,
        )
    ended = perbillion(
        *("compare", folder / "a.onnx", folder / "b.onnx", *SETTINGS, "--json", "c.json"),
        folder=tmp_path,
    )
    assert ended.returncode == 5, ended.stderr
    assert _result(tmp_path).instrument("cpu_per_request").rounds > 10
    copies = [path for path in tmp_path.rglob("*.weights") if not path.is_symlink()]
    assert sorted(path.parent for path in copies) == [folder, folder]


def test_with_several_threads_the_verdict_is_on_what_the_client_sees(mixed, tmp_path):
    ended = perbillion(
        *("compare", mixed, mixed, "--threads", "2", *SETTINGS, "--json", "c.json"),
        folder=tmp_path,
    )
    assert ended.returncode == 5, ended.stderr
    result = _result(tmp_path)
    assert result.experiment.endpoint == "client_latency"
    assert result.instrument("cpu_per_request") is None
    assert result.instrument("in_process") is not None
    assert "of client latency" in ended.stderr + ended.stdout


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
