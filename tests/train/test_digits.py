import hashlib

import numpy as np
import torch
from torch.nn import functional

from train.digits import enlarged, load_digits


def test_the_digits_have_the_network_s_shape_and_scale(digits):
    for split, size in ((digits.train, 1078), (digits.validation, 269), (digits.test, 450)):
        assert split.images.shape == (size, 784)
        assert split.images.dtype == np.float32
        assert split.labels.dtype == np.int64
        assert len(split) == size
        assert split.images.min() == 0
        assert split.images.max() == 1
    assert digits.facts.train + digits.facts.validation + digits.facts.test == 1797


def test_each_split_has_every_digit_in_its_share(digits):
    splits = (digits.train, digits.validation, digits.test)
    counts = np.array([np.bincount(split.labels, minlength=10) for split in splits])
    sizes = counts.sum(axis=1, keepdims=True)
    expected = counts.sum(axis=0) * sizes / sizes.sum()
    assert np.abs(counts - expected).max() < 1.5


def test_no_image_is_in_two_splits(digits):
    splits = (digits.train, digits.validation, digits.test)
    rows = {split: {row.tobytes() for row in split.images} for split in splits}
    assert sum(map(len, rows.values())) == len(set().union(*rows.values())) == 1797


def test_the_split_is_the_same_on_every_load_and_every_machine(digits):
    def labels_digest(data):
        labels = (data.train.labels, data.validation.labels, data.test.labels)
        return hashlib.sha256(np.concatenate(labels).astype("<i8").tobytes()).hexdigest()

    assert labels_digest(load_digits()) == labels_digest(digits)
    assert labels_digest(digits) == (
        "6890d9ca8c74ccc0ebbf86ed72f1357d49d8b47e96ce6ce5ae5d8629770d468c"
    )


def test_enlarging_is_torch_s_bilinear_interpolation():
    images = np.random.default_rng(0).random((5, 8, 8))
    expected = functional.interpolate(
        torch.from_numpy(images)[:, None], size=(28, 28), mode="bilinear", align_corners=False
    )
    np.testing.assert_allclose(enlarged(images, 28), expected.reshape(5, 784), atol=1e-6)


def test_enlarging_keeps_an_even_image_even():
    np.testing.assert_allclose(enlarged(np.full((1, 8, 8), 0.3), 28), 0.3, rtol=1e-6)
