"""The digits that are embedded in scikit-learn: real data without a download."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from sklearn.datasets import load_digits as load_embedded_digits
from sklearn.model_selection import train_test_split

from train.dataset import DataSet, Images, Labels, Split

VALIDATION_EXAMPLES = 269
TEST_EXAMPLES = 450
_SPLIT_SEED = 0
_SIDE = 28
_BRIGHTEST = 16.0

_SOURCE = (
    "scikit-learn's load_digits: 1,797 handwritten digits of 8x8 pixels (the test part of UCI's "
    "'Optical Recognition of Handwritten Digits'), 0 to 16 scaled to 0 to 1 and enlarged to "
    "28x28 by bilinear interpolation; split 1,078 / 269 / 450, stratified by label, by "
    f"train_test_split with random_state={_SPLIT_SEED}"
)


def load_digits() -> DataSet:
    """Load the digits, scaled to the network's input, in their fixed split."""
    embedded = load_embedded_digits()
    images = enlarged(np.asarray(embedded.images, dtype=np.float64) / _BRIGHTEST, _SIDE)
    labels = np.asarray(embedded.target, dtype=np.int64)
    rest, test = _parted(np.arange(len(labels)), labels, TEST_EXAMPLES)
    train, validation = _parted(rest, labels, VALIDATION_EXAMPLES)
    return DataSet(
        name="digits",
        train=_split(images, labels, train),
        validation=_split(images, labels, validation),
        test=_split(images, labels, test),
        source=_SOURCE,
    )


def enlarged(images: npt.NDArray[np.float64], side: int) -> Images:
    """Enlarge square images by bilinear interpolation.

    Pixels are taken as areas: the corners of both pictures coincide, a sample lies at its
    pixel's middle, and beyond the outermost middles the edge is continued (what PyTorch calls
    ``align_corners=False``).

    Parameters
    ----------
    images : float64 array, shape (n, s, s)
        The images.
    side : int
        The new side.

    Returns
    -------
    float32 array, shape (n, side * side)
        The enlarged images as rows.
    """
    weights = _interpolation_weights(images.shape[1], side)
    grown = np.einsum("ai,nij,bj->nab", weights, images, weights, optimize=True)
    return np.ascontiguousarray(grown.reshape(len(images), side * side), dtype=np.float32)


def _interpolation_weights(old: int, new: int) -> npt.NDArray[np.float64]:
    """Return how much each of `old` samples adds to each of `new`, shape (new, old)."""
    position = np.clip((np.arange(new) + 0.5) * old / new - 0.5, 0, old - 1)
    left = np.minimum(position.astype(np.int64), old - 2)
    share = position - left
    weights = np.zeros((new, old))
    weights[np.arange(new), left] = 1 - share
    weights[np.arange(new), left + 1] = share
    return weights


def _parted(
    rows: npt.NDArray[np.int64], labels: Labels, second: int
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Part rows in two, the second of a given size, each label in both in proportion."""
    first_rows, second_rows = train_test_split(
        rows, test_size=second, stratify=labels[rows], random_state=_SPLIT_SEED
    )
    return np.asarray(first_rows), np.asarray(second_rows)


def _split(images: Images, labels: Labels, rows: npt.NDArray[np.int64]) -> Split:
    return Split(images=images[rows], labels=labels[rows])
