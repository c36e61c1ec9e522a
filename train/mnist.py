"""MNIST from its four IDX files: out of a folder, or downloaded once and kept."""

from __future__ import annotations

import hashlib
import logging
import os
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import numpy.typing as npt
import pooch

from contract.errors import DataError
from contract.progress import Progress
from train.dataset import CLASSES, FEATURES, DataSet, Split
from train.idx import read_idx

FOLDER_VARIABLE = "PERBILLION_DATA_DIR"
_CONNECT_SECONDS = 10
_REMEDY = "put MNIST's four files into a folder and name it with --data-dir"

Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True, slots=True)
class PublishedFile:
    """One of the four files as it was published.

    Attributes
    ----------
    name : str
        Its name without ``.gz``.
    dimensions : int
        3 for images, 1 for labels.
    md5_gzipped, md5_plain : str
        The MD5 of ``<name>.gz`` and of its content, hexadecimal.
    """

    name: str
    dimensions: int
    md5_gzipped: str
    md5_plain: str


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Where the files are found and how they are known.

    Attributes
    ----------
    train_images, train_labels, test_images, test_labels : PublishedFile
        The files.
    mirrors : tuple of str
        Addresses that the names ending in ``.gz`` are appended to, tried in order.
    cache : Path
        Where downloads are kept.
    train_examples : int
        How many of the training images are learned from; those behind them validate.
    """

    train_images: PublishedFile
    train_labels: PublishedFile
    test_images: PublishedFile
    test_labels: PublishedFile
    mirrors: tuple[str, ...]
    cache: Path
    train_examples: int


# Mirrors and the sums of the gzipped files: torchvision/datasets/mnist.py. Its first mirror,
# the publisher's own site, comes last here: it often refuses programs and has no TLS.
MNIST = Catalogue(
    train_images=PublishedFile(
        "train-images-idx3-ubyte",
        3,
        "f68b3c2dcbeaaa9fbdd348bbdeb94873",
        "6bbc9ace898e44ae57da46a324031adb",
    ),
    train_labels=PublishedFile(
        "train-labels-idx1-ubyte",
        1,
        "d53e105ee54ea40749a09fcbcd1e9432",
        "a25bea736e30d166cdddb491f175f624",
    ),
    test_images=PublishedFile(
        "t10k-images-idx3-ubyte",
        3,
        "9fb629c4189551a2d022fa330f9573f3",
        "2646ac647ad5339dbf082846283269ea",
    ),
    test_labels=PublishedFile(
        "t10k-labels-idx1-ubyte",
        1,
        "ec29112dd5afa0611ce80d1b7f02629c",
        "27ae3e4e09519cfbb04c329615203637",
    ),
    mirrors=(
        "https://ossci-datasets.s3.amazonaws.com/mnist/",
        "http://yann.lecun.com/exdb/mnist/",
    ),
    cache=Path(pooch.os_cache("perbillion")),
    train_examples=54_000,
)


def load_mnist(folder: Path | None, progress: Progress, catalogue: Catalogue = MNIST) -> DataSet:
    """Load MNIST, split as in the lecture's notebook.

    Every file's MD5 is checked, wherever it comes from.

    Parameters
    ----------
    folder : Path or None
        Where the four files lie, gzipped or plain. None takes the folder that
        ``PERBILLION_DATA_DIR`` names; without it the files are downloaded and kept.
    progress : Progress
        Is told of a download.
    catalogue : Catalogue
        Which files, and where from.

    Raises
    ------
    DataError
        If a file is missing, damaged, or cannot be downloaded.
    """
    named = os.environ.get(FOLDER_VARIABLE)
    given = folder if folder is not None else Path(named) if named else None
    source = _Folder(given) if given is not None else _Download(catalogue, progress)
    images, labels = _pair(source, catalogue.train_images, catalogue.train_labels)
    test_images, test_labels = _pair(source, catalogue.test_images, catalogue.test_labels)
    first = catalogue.train_examples
    if len(labels) <= first:
        raise DataError(
            f"{len(labels)} images, but the first {first} are for training alone",
            where=catalogue.train_images.name,
        )
    return DataSet(
        name="mnist",
        train=Split(images[:first], labels[:first]),
        validation=Split(images[first:], labels[first:]),
        test=Split(test_images, test_labels),
        source=(
            f"MNIST's four IDX files ({source.described}, MD5 checked), pixels divided by 255; "
            f"split as in the lecture's notebook: training images 0-{first - 1} train, "
            f"{first}-{len(labels) - 1} validate, the test images test"
        ),
    )


@dataclass(frozen=True, slots=True)
class _Folder:
    """The files as a user keeps them."""

    path: Path

    @property
    def described(self) -> str:
        return "from a folder"

    def content(self, file: PublishedFile) -> bytes:
        gzipped, plain = self.path / f"{file.name}.gz", self.path / file.name
        try:
            only_plain = plain.exists() and not gzipped.exists()
        except OSError as error:
            raise _unreadable(gzipped, file.md5_gzipped, error) from error
        if only_plain:
            return _checked(plain, file.md5_plain)
        return _checked(gzipped, file.md5_gzipped)


@dataclass(frozen=True, slots=True)
class _Download:
    """The files as the mirrors have them, kept after the first time."""

    catalogue: Catalogue
    progress: Progress

    @property
    def described(self) -> str:
        return "downloaded"

    def content(self, file: PublishedFile) -> bytes:
        name, cache = f"{file.name}.gz", self.catalogue.cache
        self.progress.begin(f"fetching {name}, kept in {cache}", 1)
        # pooch announces each download on standard error; the progress has said it already.
        pooch.get_logger().setLevel(logging.WARNING)
        failures = []
        for mirror in self.catalogue.mirrors:
            try:
                kept = pooch.retrieve(
                    mirror + name,
                    known_hash=f"md5:{file.md5_gzipped}",
                    fname=name,
                    path=cache,
                    downloader=pooch.HTTPDownloader(timeout=_CONNECT_SECONDS),
                )
            # What requests raises is an OSError; a wrong sum is pooch's ValueError.
            except (OSError, ValueError) as error:
                reason = "wrong MD5" if isinstance(error, ValueError) else type(error).__name__
                failures.append(f"{urlsplit(mirror).netloc}: {reason}")
                continue
            self.progress.advance()
            return _checked(Path(kept), file.md5_gzipped)
        raise DataError(
            f"cannot be downloaded ({'; '.join(failures)}); expected MD5 {file.md5_gzipped}",
            where=name,
            remedy=_REMEDY,
        )


def _checked(path: Path, md5: str) -> bytes:
    """Read a file whose MD5 is known."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise _unreadable(path, md5, error) from error
    found = hashlib.md5(content, usedforsecurity=False).hexdigest()
    if found != md5:
        raise DataError(
            f"damaged: expected MD5 {md5}, found {found}",
            where=str(path),
            remedy=f"get the file again, or delete it and {_REMEDY}",
        )
    return content


def _unreadable(path: Path, md5: str, error: OSError) -> DataError:
    return DataError(
        f"cannot be read: {error.strerror or error}; expected MD5 {md5}, found none",
        where=str(path),
        remedy=_REMEDY,
    )


def _pair(
    source: _Folder | _Download, images_file: PublishedFile, labels_file: PublishedFile
) -> tuple[npt.NDArray[np.float32], npt.NDArray[np.int64]]:
    """Read images and the labels that belong to them."""
    images, labels = (
        read_idx(source.content(file), file.dimensions, file.name)
        for file in (images_file, labels_file)
    )
    if len(images) != len(labels):
        raise DataError(f"{len(labels)} labels for {len(images)} images", where=labels_file.name)
    if images[0].size != FEATURES or labels.max() >= CLASSES:
        raise DataError(
            f"images of {images[0].size} pixels with labels up to {labels.max()}; "
            f"MNIST has {FEATURES} pixels and {CLASSES} classes",
            where=images_file.name,
        )
    rows = images.reshape(len(images), FEATURES)
    return np.divide(rows, np.float32(255), dtype=np.float32), labels.astype(np.int64)
