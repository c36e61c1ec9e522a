"""`perbillion fold` as a user runs it."""

import json
from pathlib import Path

import numpy as np
import onnx
import pytest
from typer.testing import CliRunner

from contract.errors import ArtifactError, EqualityError, ExperimentError
from graph.model_file import load_model, save_model
from graph.perceptron import perceptron
from graph_text import graph_from_text
from perbillion.cli import app


@pytest.fixture
def model(tmp_path):
    path = tmp_path / "model.onnx"
    save_model(perceptron((12, 7, 5, 3), factor=0.7), path)
    return path


def _invoked(*arguments):
    return CliRunner().invoke(app, ["fold", *map(str, arguments)], catch_exceptions=False)


def test_it_tells_what_went_where_and_what_was_saved_and_writes_the_model(model, tmp_path):
    out = tmp_path / "new" / "folded.onnx"
    completed = _invoked(model, "-o", out)
    assert completed.exit_code == 0
    lines = completed.stdout.splitlines()
    assert lines[:4] == [
        "folded 2 of 2 scalings:",
        "  Mul 'scaled0' by 0.7: into 'weight1' of Gemm 'linear1'",
        "  Mul 'scaled1' by 0.7: into 'weight2' of Gemm 'logits'",
        "nodes: 7 -> 5; run by ONNX Runtime: 5 -> 3",
    ]
    assert lines[4] == "weights: rounded once more, not every factor is a power of two"
    assert lines[5].startswith("outputs: differ by up to ")
    assert lines[6] == f"written: {out}"
    assert [node.op_type for node in load_model(out).graph.node] == [
        *["Gemm", "Relu"] * 2,
        "Gemm",
    ]


def test_powers_of_two_are_said_to_be_exact_and_seen_to_be(tmp_path):
    save_model(perceptron((12, 7, 5, 3), factor=0.5), tmp_path / "model.onnx")
    completed = _invoked(tmp_path / "model.onnx", "-o", tmp_path / "folded.onnx")
    assert "weights: exact, every factor is a power of two\n" in completed.stdout
    assert "outputs: the same to the bit on 64 rows\n" in completed.stdout


def test_json_holds_the_whole_account(model, tmp_path):
    completed = _invoked(model, "-o", tmp_path / "folded.onnx", "--json")
    told = json.loads(completed.stdout)
    assert told["schema_version"] == 1
    assert told["exact"] is False
    assert told["fold"]["before"] == {"given": 7, "run": 5}
    assert told["fold"]["after"] == {"given": 5, "run": 3}
    first = told["fold"]["scalings"][0]
    assert first["into"] == [{"operator": "Gemm", "node": "linear1", "weights": "weight1"}]
    assert told["fold"]["equality"]["same_function"] is True


def test_where_nothing_can_be_folded_the_model_is_written_as_it_is(tmp_path):
    given, out = tmp_path / "model.onnx", tmp_path / "folded.onnx"
    save_model(perceptron((12, 7, 3)), given)
    completed = _invoked(given, "-o", out)
    assert completed.exit_code == 0
    assert completed.stdout.startswith("nothing to fold: no multiplication by a constant\n")
    assert load_model(out) == load_model(given)


def test_an_existing_file_is_overwritten_only_by_force_even_the_model_s_own(model):
    before = model.read_bytes()
    with pytest.raises(ExperimentError, match="--force"):
        _invoked(model, "-o", model)
    assert model.read_bytes() == before
    assert _invoked(model, "-o", model, "--force").exit_code == 0
    assert len(load_model(model).graph.node) == 5


def test_recorded_inputs_are_what_the_two_are_compared_on(model, tmp_path):
    np.savez(tmp_path / "data.npz", x=np.ones((9, 12), np.float32))
    inputs = tmp_path / "data.npz"
    completed = _invoked(model, "-o", tmp_path / "folded.onnx", "--inputs", inputs)
    assert " on 9 rows" in completed.stdout


def test_weights_in_a_side_file_are_folded_into_one_file(model, tmp_path):
    separate = tmp_path / "separate" / "model.onnx"
    separate.parent.mkdir()
    onnx.save_model(
        load_model(model), separate, save_as_external_data=True, location="w", size_threshold=0
    )
    out = tmp_path / "alone" / "folded.onnx"
    assert _invoked(separate, "-o", out).exit_code == 0
    assert [path.name for path in out.parent.iterdir()] == ["folded.onnx"]
    assert len(load_model(out).graph.node) == 5


def test_a_model_that_would_leave_its_range_is_not_written(tmp_path):
    # Scaled down before it is scaled up, it stays within float32; the other way round it does not.
    constants = {
        "down": np.float32(1e-3),
        "up": np.array([[3e38, 2e38], [1e38, 3e38]], np.float32),
        "w": np.eye(2, dtype=np.float32),
    }
    body = "m = Mul(x, down)  k = Mul(m, up)  y = MatMul(k, w)"
    given, out = tmp_path / "model.onnx", tmp_path / "folded.onnx"
    save_model(graph_from_text("(float[2,2] x) => (float[2,2] y)", constants, body), given)
    with pytest.raises(EqualityError, match=r"differs by up to inf .* nothing was written"):
        _invoked(given, "-o", out)
    assert not out.exists()


def test_a_file_that_is_no_model_is_one_line(tmp_path):
    (tmp_path / "odd.onnx").write_bytes(b"no model")
    with pytest.raises(ArtifactError, match=r"odd\.onnx"):
        _invoked(tmp_path / "odd.onnx", "-o", tmp_path / "out.onnx")
    assert not (tmp_path / "out.onnx").exists()


def test_the_example_in_the_documents_is_what_is_printed(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    save_model(perceptron((784, 75, 45, 10), factor=0.5), tmp_path / "regular.onnx")
    printed = _invoked("regular.onnx", "-o", "folded.onnx").stdout
    document = (Path(__file__).parents[2] / "docs" / "fold.md").read_text(encoding="utf-8")
    assert f"$ perbillion fold regular.onnx -o folded.onnx\n{printed}```" in document
