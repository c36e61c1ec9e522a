import contextlib
import functools
import gzip
import hashlib
import http.server
import os
import struct
import threading
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from contract.errors import DataError
from contract.progress import SilentProgress
from train.mnist import FOLDER_VARIABLE, MNIST, Catalogue, PublishedFile, load_mnist

REAL_FOLDER = os.environ.get(FOLDER_VARIABLE)
needs_real_files = pytest.mark.skipif(
    not REAL_FOLDER, reason=f"{FOLDER_VARIABLE} names no folder with MNIST's files"
)


class QuietFiles(http.server.SimpleHTTPRequestHandler):
    def log_message(self, *_arguments):
        pass


@contextlib.contextmanager
def served(folder):
    handler = functools.partial(QuietFiles, directory=folder)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()


def _idx(array):
    header = bytes((0, 0, 8, array.ndim)) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.astype(np.uint8).tobytes()


def _published(folder, name, array):
    plain = _idx(array)
    gzipped = gzip.compress(plain, mtime=0)
    (folder / f"{name}.gz").write_bytes(gzipped)
    return PublishedFile(
        name, array.ndim, hashlib.md5(gzipped).hexdigest(), hashlib.md5(plain).hexdigest()
    )


def _catalogue(folder, cache, **arrays):
    rng = np.random.default_rng(0)
    made_up = {
        "train_images": rng.integers(0, 256, (8, 28, 28)),
        "train_labels": np.arange(8),
        "test_images": rng.integers(0, 256, (3, 28, 28)),
        "test_labels": np.array([7, 8, 9]),
    } | arrays
    folder.mkdir()
    files = {key: _published(folder, key.replace("_", "-"), made_up[key]) for key in made_up}
    return Catalogue(**files, mirrors=(), cache=cache, train_examples=6)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "files"


@pytest.fixture
def catalogue(folder, tmp_path, monkeypatch):
    monkeypatch.delenv(FOLDER_VARIABLE, raising=False)
    return _catalogue(folder, tmp_path / "cache")


def _load(folder, catalogue):
    return load_mnist(folder, SilentProgress(), catalogue)


def test_a_folder_of_gzipped_files_is_read_and_split(folder, catalogue):
    data = _load(folder, catalogue)
    pixels = np.random.default_rng(0).integers(0, 256, (8, 28, 28))
    assert data.train.labels.tolist() == [0, 1, 2, 3, 4, 5]
    assert data.validation.labels.tolist() == [6, 7]
    assert data.test.labels.tolist() == [7, 8, 9]
    assert data.train.images.dtype == np.float32
    np.testing.assert_allclose(data.validation.images, pixels[6:].reshape(2, 784) / 255, rtol=1e-6)
    assert "from a folder" in data.source


def test_plain_files_are_read_too_and_checked(folder, catalogue):
    for path in list(folder.iterdir()):
        path.with_suffix("").write_bytes(gzip.decompress(path.read_bytes()))
        path.unlink()
    assert _load(folder, catalogue).test.labels.tolist() == [7, 8, 9]
    (folder / "test-labels").write_bytes(b"\x00\x00\x08\x01\x00\x00\x00\x03\x01\x01\x01")
    with pytest.raises(DataError, match=f"expected MD5 {catalogue.test_labels.md5_plain}"):
        _load(folder, catalogue)


def test_the_environment_names_the_folder_where_nothing_else_does(folder, catalogue, monkeypatch):
    monkeypatch.setenv(FOLDER_VARIABLE, str(folder))
    assert len(_load(None, catalogue).train) == 6


def test_a_missing_file_is_named_with_its_md5_and_a_remedy(folder, catalogue):
    path = folder / "train-labels.gz"
    path.unlink()
    with pytest.raises(DataError) as caught:
        _load(folder, catalogue)
    assert caught.value.where == str(path)
    assert f"expected MD5 {catalogue.train_labels.md5_gzipped}, found none" in caught.value.what
    assert "--data-dir" in caught.value.remedy


@pytest.mark.parametrize(
    "damage", [lambda content: content[:-20], lambda content: b"", bytes.upper]
)
def test_a_damaged_file_is_named_with_both_md5s(folder, catalogue, damage):
    path = folder / "train-images.gz"
    path.write_bytes(damage(path.read_bytes()))
    found = hashlib.md5(path.read_bytes()).hexdigest()
    with pytest.raises(DataError) as caught:
        _load(folder, catalogue)
    assert caught.value.where == str(path)
    expected = catalogue.train_images.md5_gzipped
    assert f"expected MD5 {expected}, found {found}" in caught.value.what
    assert "get the file again" in caught.value.remedy


@pytest.mark.parametrize(
    ("arrays", "message"),
    [
        ({"train_labels": np.arange(7)}, "7 labels for 8 images"),
        ({"train_labels": np.arange(8) + 3}, "labels up to 10"),
        ({"train_images": np.ones((8, 8, 8))}, "images of 64 pixels"),
        ({"train_images": np.ones((6, 28, 28)), "train_labels": np.arange(6)}, "6 images, but"),
    ],
)
def test_files_that_are_no_mnist_are_refused_even_with_the_right_md5(tmp_path, arrays, message):
    folder = tmp_path / "other"
    catalogue = _catalogue(folder, tmp_path / "cache", **arrays)
    with pytest.raises(DataError, match=message):
        _load(folder, catalogue)


def test_a_folder_that_cannot_even_be_looked_into_is_a_data_error(tmp_path, catalogue):
    with pytest.raises(DataError, match="File name too long"):
        _load(tmp_path / ("x" * 300), catalogue)


def test_files_are_downloaded_from_the_next_mirror_and_kept(folder, catalogue, progress):
    with served(folder) as mirror:
        served_here = replace(catalogue, mirrors=(f"{mirror}nowhere/", mirror))
        first = load_mnist(None, progress, served_here)
    assert len(progress.tasks) == 4
    assert "downloaded" in first.source
    kept_only = _load(None, served_here)
    np.testing.assert_array_equal(kept_only.train.images, first.train.images)


def test_a_damaged_kept_file_is_downloaded_again(folder, catalogue):
    with served(folder) as mirror:
        served_here = replace(catalogue, mirrors=(mirror,))
        _load(None, served_here)
        (catalogue.cache / "test-labels.gz").write_bytes(b"damaged")
        assert _load(None, served_here).test.labels.tolist() == [7, 8, 9]


def test_a_damaged_download_is_refused_and_not_kept(folder, catalogue):
    (folder / "train-images.gz").write_bytes(b"damaged on the way")
    with served(folder) as mirror, pytest.raises(DataError, match="wrong MD5") as caught:
        _load(None, replace(catalogue, mirrors=(mirror,)))
    assert caught.value.where == "train-images.gz"
    assert list(catalogue.cache.iterdir()) == []


def test_a_failed_download_names_the_file_its_md5_and_the_way_round(catalogue):
    with served("/nonexistent") as gone:
        pass
    with pytest.raises(DataError, match=r"cannot be downloaded.*ConnectionError") as caught:
        _load(None, replace(catalogue, mirrors=(gone,)))
    assert caught.value.where == "train-images.gz"
    assert catalogue.train_images.md5_gzipped in caught.value.what
    assert "--data-dir" in caught.value.remedy


@pytest.fixture(scope="module")
def mnist():
    return load_mnist(Path(REAL_FOLDER), SilentProgress())


@needs_real_files
def test_the_real_files_split_as_in_the_notebook(mnist):
    assert (len(mnist.train), len(mnist.validation), len(mnist.test)) == (54_000, 6_000, 10_000)
    assert mnist.train.labels[:5].tolist() == [5, 0, 4, 1, 9]
    assert mnist.test.labels[:5].tolist() == [7, 2, 1, 0, 4]
    assert (mnist.train.images.min(), mnist.train.images.max()) == (0, 1)


@needs_real_files
def test_the_published_sums_of_the_plain_files_are_right():
    files = (MNIST.train_images, MNIST.train_labels, MNIST.test_images, MNIST.test_labels)
    for file in files:
        gzipped = Path(REAL_FOLDER) / f"{file.name}.gz"
        if gzipped.exists():
            plain = gzip.decompress(gzipped.read_bytes())
            assert hashlib.md5(plain).hexdigest() == file.md5_plain
