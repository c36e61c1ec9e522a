import onnx
import pytest

from contract.errors import ArtifactError
from graph.model_file import load_model, model_bytes, save_model


def test_a_saved_model_is_read_back_as_it_was(mlp, tmp_path):
    model = mlp([4, 3, 2], [0.5])
    save_model(model, tmp_path / "folder" / "model.onnx")
    assert load_model(tmp_path / "folder" / "model.onnx") == model
    assert (tmp_path / "folder" / "model.onnx").read_bytes() == model_bytes(model)


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not a valid ONNX model"),
        (b"no model", "cannot be decoded"),
        (b"\x89PNG\r\n\x1a\n", "cannot be decoded"),
    ],
)
def test_a_file_that_is_no_onnx_model_is_named(content, reason, tmp_path):
    path = tmp_path / "odd.onnx"
    path.write_bytes(content)
    with pytest.raises(ArtifactError, match=reason) as caught:
        load_model(path)
    assert str(path) in str(caught.value)


def test_a_model_cut_short_is_refused(mlp, tmp_path):
    path = tmp_path / "model.onnx"
    path.write_bytes(model_bytes(mlp([4, 3, 2], [0.5]))[:-20])
    with pytest.raises(ArtifactError):
        load_model(path)


@pytest.mark.parametrize("name", ["absent.onnx", ""])
def test_a_missing_file_and_a_folder_are_refused(name, tmp_path):
    with pytest.raises(ArtifactError, match="cannot read the model"):
        load_model(tmp_path / name)


def test_weights_in_a_side_file_are_read_and_their_absence_is_said(mlp, tmp_path):
    model = mlp([4, 3, 2], [0.5])
    path = tmp_path / "model.onnx"
    separate = onnx.ModelProto()
    separate.CopyFrom(model)
    onnx.save_model(
        separate, path, save_as_external_data=True, location="weights", size_threshold=0
    )
    raw = [tensor.raw_data for tensor in load_model(path).graph.initializer]
    assert raw == [tensor.raw_data for tensor in model.graph.initializer]
    (tmp_path / "weights").unlink()
    with pytest.raises(ArtifactError, match="side file"):
        load_model(path)


def test_an_invalid_model_is_not_written(mlp, tmp_path):
    model = mlp([4, 3, 2], [0.5])
    model.graph.node[0].input[0] = "nowhere"
    with pytest.raises(ArtifactError, match="nowhere"):
        save_model(model, tmp_path / "model.onnx")
    assert not list(tmp_path.iterdir())
