import errno
import os
from pathlib import Path

import numpy as np
import onnx
import pytest

from contract.errors import ArtifactError
from graph.generated_traffic import generated_traffic
from graph.linked_model import linked_model
from graph.model_file import load_model, require_readable
from graph.prediction import answers_of

# A file system of its own on every Linux: hard links do not lead there.
ELSEWHERE = Path("/dev/shm")


def _put(model, folder, location=None):
    """Write a model with its weights inside, or at a place relative to it."""
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / "some name.onnx"
    if location is None:
        onnx.save_model(model, path)
        return path
    copy = onnx.ModelProto()
    copy.CopyFrom(model)
    offset = 0
    (folder / location).parent.mkdir(exist_ok=True)
    with (folder / location).open("wb") as stream:
        for tensor in copy.graph.initializer:
            stream.write(tensor.raw_data)
            length = len(tensor.raw_data)
            onnx.external_data_helper.set_external_data(tensor, location, offset, length)
            tensor.ClearField("raw_data")
            offset += length
    path.write_bytes(copy.SerializeToString())
    return path


@pytest.fixture
def elsewhere(tmp_path_factory):
    folder = ELSEWHERE / f"perbillion-test-{os.getpid()}"
    if (
        not ELSEWHERE.is_dir()
        or ELSEWHERE.stat().st_dev == tmp_path_factory.getbasetemp().stat().st_dev
    ):
        pytest.skip("no second file system here")
    folder.mkdir()
    yield folder
    for path in sorted(folder.rglob("*"), reverse=True):
        path.rmdir() if path.is_dir() else path.unlink()
    folder.rmdir()


def _same_answers(path, linked):
    traffic = generated_traffic(path, requests=2)
    for (one,), (other,) in zip(
        answers_of(path, traffic), answers_of(linked, traffic), strict=True
    ):
        assert np.array_equal(one, other)
    # By the onnx package as well, not by the runtime alone; the user's own file too.
    assert load_model(linked) == load_model(path)
    require_readable(linked)
    onnx.load(path)


@pytest.mark.parametrize("location", [None, "weights.bin", "deep/weights.bin"])
def test_a_linked_model_is_the_same_model_and_takes_no_space(location, mlp, tmp_path):
    path = _put(mlp([6, 5, 4], [0.5]), tmp_path / "given", location)
    target = tmp_path / "repository" / "a" / "1" / "model.onnx"
    linked_model(path, target)
    _same_answers(path, target)
    for file in (path, *([path.parent / location] if location else [])):
        linked = target if file == path else target.parent / location
        assert linked.samefile(file)


@pytest.mark.parametrize("location", [None, "weights.bin", "deep/weights.bin"])
def test_a_model_is_linked_from_another_file_system(location, mlp, tmp_path, elsewhere):
    path = _put(mlp([6, 5, 4], [0.5]), elsewhere / "given", location)
    with pytest.raises(OSError, match=os.strerror(errno.EXDEV)):
        os.link(path, tmp_path / "hard")
    target = tmp_path / "a" / "model.onnx"
    linked_model(path, target)
    _same_answers(path, target)


@pytest.mark.parametrize("location", [None, "weights.bin"])
def test_a_link_to_a_model_can_be_linked(location, mlp, tmp_path):
    path = _put(mlp([6, 5, 4], [0.5]), tmp_path / "given", location)
    (tmp_path / "link.onnx").symlink_to(path)
    target = tmp_path / "a" / "model.onnx"
    linked_model(tmp_path / "link.onnx", target)
    _same_answers(path, target)
    linked_model(target, tmp_path / "b" / "model.onnx")
    _same_answers(path, tmp_path / "b" / "model.onnx")


def test_a_model_that_holds_its_weights_stays_when_its_file_is_replaced(mlp, tmp_path):
    path = _put(mlp([6, 5, 4], [0.5]), tmp_path / "given")
    content = path.read_bytes()
    target = tmp_path / "a" / "model.onnx"
    linked_model(path, target)
    path.unlink()
    path.write_bytes(b"another")
    assert target.read_bytes() == content


def test_nothing_is_linked_over_a_file_or_out_of_a_folder(mlp, tmp_path):
    path = _put(mlp([6, 5, 4], [0.5]), tmp_path / "given")
    (tmp_path / "model.onnx").write_text("mine")
    with pytest.raises(ArtifactError, match=r"cannot link.*File exists") as caught:
        linked_model(path, tmp_path / "model.onnx")
    assert caught.value.where == str(tmp_path / "model.onnx")
    assert (tmp_path / "model.onnx").read_text() == "mine"
    outside = _put(mlp([6, 5, 4], [0.5]), tmp_path / "hostile", "weights.bin")
    model = onnx.load(outside, load_external_data=False)
    for tensor in model.graph.initializer:
        onnx.external_data_helper.ExternalDataInfo(tensor)
        tensor.external_data[0].value = "../model.onnx"
    outside.write_bytes(model.SerializeToString())
    with pytest.raises(ArtifactError, match="leads out of the model's folder"):
        linked_model(outside, tmp_path / "b" / "model.onnx")
    assert not (tmp_path / "b").exists()
