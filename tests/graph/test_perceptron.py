import numpy as np
import onnx
import pytest

from graph.perceptron import perceptron
from graph.prediction import outputs_of
from graph.scaling import scalings

WIDTHS = (12, 7, 5, 3)


def _logits(model, path):
    onnx.save(model, path)
    x = np.random.default_rng(1).normal(size=(9, WIDTHS[0])).astype(np.float32)
    return outputs_of(path, {"x": x})[0]


def test_a_factor_multiplies_behind_every_hidden_layer_and_none_without_it():
    assert len(scalings(perceptron(WIDTHS, factor=0.5).graph)) == 2
    assert scalings(perceptron(WIDTHS).graph) == ()


def test_a_factor_that_is_a_power_of_two_changes_no_bit_of_the_function(tmp_path):
    bare = _logits(perceptron(WIDTHS), tmp_path / "bare.onnx")
    scaled = _logits(perceptron(WIDTHS, factor=0.5), tmp_path / "scaled.onnx")
    assert bare.shape == (9, 3)
    assert bare.std() > 0
    assert np.array_equal(bare, scaled)


def test_any_other_factor_changes_the_function_by_rounding_only(tmp_path):
    bare = _logits(perceptron(WIDTHS), tmp_path / "bare.onnx")
    scaled = _logits(perceptron(WIDTHS, factor=0.8), tmp_path / "scaled.onnx")
    assert scaled == pytest.approx(bare, abs=1e-5)


def test_another_seed_makes_another_network(tmp_path):
    one = _logits(perceptron(WIDTHS), tmp_path / "one.onnx")
    other = _logits(perceptron(WIDTHS, seed=1), tmp_path / "other.onnx")
    assert not np.allclose(one, other)
