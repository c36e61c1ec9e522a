import numpy as np
import pytest

from contract.errors import ArtifactError
from contract.payload import Payload


def test_accuracy_is_the_share_of_right_classes():
    payload = Payload(
        inputs=np.zeros((4, 2), dtype=np.float32), labels=np.array([0, 1, 1, 0], dtype=np.int64)
    )
    logits = np.array([[1, 0], [0, 1], [1, 0], [2, 1]], dtype=np.float32)
    assert payload.accuracy(logits) == 0.75


@pytest.fixture
def written(tmp_path):
    generator = np.random.default_rng(0)
    path = tmp_path / "written.npz"
    Payload(
        inputs=generator.random((60, 50), dtype=np.float32), labels=generator.integers(0, 10, 60)
    ).save(path)
    return path


def test_a_payload_is_read_as_it_was_written(tmp_path):
    inputs = np.random.default_rng(1).random((7, 5), dtype=np.float32)
    Payload(inputs=inputs, labels=np.arange(7)).save(tmp_path / "payload.npz")
    again = Payload.load(tmp_path / "payload.npz")
    np.testing.assert_array_equal(again.inputs, inputs)
    np.testing.assert_array_equal(again.labels, np.arange(7))
    assert again.inputs.dtype == np.float32


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(ArtifactError, match=r"payload\.npz.*perbillion train"):
        Payload.load(tmp_path / "payload.npz")


@pytest.mark.parametrize("kept", [0, 10, 5000])
def test_a_file_cut_short_is_refused(kept, written, tmp_path):
    path = tmp_path / "payload.npz"
    path.write_bytes(written.read_bytes()[:kept])
    with pytest.raises(ArtifactError, match="cannot read the test images"):
        Payload.load(path)


def test_a_file_damaged_anywhere_is_refused_or_read_as_it_was(written, tmp_path):
    path = tmp_path / "payload.npz"
    content = written.read_bytes()
    whole = Payload.load(written)
    for place in np.linspace(0, len(content) - 1, 60, dtype=int):
        path.write_bytes(content[:place] + bytes([content[place] ^ 0xFF]) + content[place + 1 :])
        try:
            payload = Payload.load(path)
        except ArtifactError:
            continue
        assert np.array_equal(payload.inputs, whole.inputs)
        assert np.array_equal(payload.labels, whole.labels)


def test_images_without_their_labels_are_refused(tmp_path):
    path = tmp_path / "payload.npz"
    np.savez(path, inputs=np.zeros((3, 2)), labels=np.zeros(2))
    with pytest.raises(ArtifactError, match="3, 2"):
        Payload.load(path)
    np.savez(path, inputs=np.zeros((3, 2)))
    with pytest.raises(ArtifactError, match="labels"):
        Payload.load(path)
