"""DropConnect by samples: the same draws give the same numbers, and the graph draws anew."""

import subprocess
import sys

import numpy as np
import onnx
import pytest
import torch
from onnx import helper, numpy_helper

from contract.architecture import Architecture
from contract.errors import ParityError
from export.exporting import export_network
from export.noise import noise_as_inputs
from export.sampled_parity import require_sampled_parity
from graph.model_file import save_model
from graph.prediction import outputs_of
from graph.session import open_session
from train.dropconnect import SampledMlp
from train.network import Mlp

SAMPLES = 20
IMAGES = np.random.default_rng(0).random((30, 12), dtype=np.float32)


def sampled_network(widths=(12, 7, 6, 5), samples=SAMPLES, scale=1.0):
    torch.manual_seed(0)
    drops = (0.2, 0.5)[: len(widths) - 2]
    network = Mlp(Architecture(widths, drops, "dropconnect")).eval()
    with torch.no_grad():
        for parameter in network.parameters():
            parameter.mul_(scale)
    return SampledMlp(network.linears, network.activation, samples).eval()


@pytest.fixture(scope="module")
def network():
    return sampled_network()


@pytest.fixture(scope="module")
def exported(network):
    return export_network(network)


@pytest.fixture
def model(exported):
    """A copy that a test may change."""
    copy = onnx.ModelProto()
    copy.CopyFrom(exported)
    return copy


def drawing(model):
    return [node for node in model.graph.node if node.op_type == "RandomNormalLike"]


def test_the_graph_draws_for_every_layer_that_drops_weights_and_has_no_seed(exported):
    assert len(drawing(exported)) == 2
    for node in drawing(exported):
        assert "seed" not in {attribute.name for attribute in node.attribute}


def test_the_graph_takes_any_number_of_rows(exported, tmp_path):
    save_model(exported, tmp_path / "model.onnx")
    for rows in (1, 2, 30):
        (logits,) = outputs_of(tmp_path / "model.onnx", {"x": IMAGES[:rows]})
        assert logits.shape == (rows, 5)
        # Logarithms of probabilities.
        np.testing.assert_allclose(np.exp(logits).sum(axis=1), 1, rtol=1e-5)


def test_from_the_same_draws_graph_and_network_predict_the_same(network, exported, tmp_path):
    agreement = require_sampled_parity("sampled", network, exported, IMAGES, tmp_path)
    assert agreement.same_function
    assert agreement.rows == 30
    assert 0 < agreement.largest_absolute_difference < 1e-5


def test_many_rows_are_compared_chunk_by_chunk(network, exported, tmp_path, monkeypatch):
    monkeypatch.setattr("export.sampled_parity._NUMBERS_A_CHUNK", 7 * SAMPLES * (6 + 5))
    agreement = require_sampled_parity("sampled", network, exported, IMAGES, tmp_path)
    assert (agreement.rows, agreement.same_function) == (30, True)


def test_a_probability_too_small_for_a_float_is_still_a_finite_logarithm(tmp_path):
    certain = sampled_network(scale=30.0)
    (predicted,) = (certain(torch.from_numpy(IMAGES)),)
    assert predicted.min() < -200
    assert torch.isfinite(predicted).all()
    require_sampled_parity("sampled", certain, export_network(certain), IMAGES, tmp_path)


@pytest.mark.parametrize("name", ["spread_1", "spread_2", "linears.1.weight", "linears.2.bias"])
def test_a_graph_that_makes_something_else_of_the_draws_is_refused(name, network, model, tmp_path):
    (tensor,) = (tensor for tensor in model.graph.initializer if tensor.name == name)
    changed = numpy_helper.to_array(tensor) * np.float32(1.1)
    tensor.CopyFrom(numpy_helper.from_array(changed, name))
    with pytest.raises(ParityError, match="arm 'sampled'"):
        require_sampled_parity("sampled", network, model, IMAGES, tmp_path)


def test_a_graph_of_another_number_of_samples_is_refused(exported, tmp_path):
    with pytest.raises(ParityError, match="arm 'sampled'"):
        require_sampled_parity("sampled", sampled_network(samples=10), exported, IMAGES, tmp_path)


@pytest.mark.parametrize("attribute", [{"scale": 2.0}, {"mean": 1.0}, {"seed": 3.0}])
def test_a_graph_that_draws_other_numbers_is_refused(attribute, network, model, tmp_path):
    ((name, value),) = attribute.items()
    node = drawing(model)[1]
    kept = [found for found in node.attribute if found.name != name]
    del node.attribute[:]
    node.attribute.extend([*kept, helper.make_attribute(name, value)])
    with pytest.raises(ParityError, match=f"does not draw standard normal numbers.*{name} {value}"):
        require_sampled_parity("sampled", network, model, IMAGES, tmp_path)


def test_a_graph_that_draws_in_fewer_layers_is_refused(network, model, tmp_path):
    given, (first, _) = noise_as_inputs(model)
    constant = numpy_helper.from_array(np.zeros((SAMPLES, 1, 6), dtype=np.float32), first)
    given.graph.initializer.append(constant)
    model.graph.node.remove(drawing(model)[0])
    model.graph.initializer.append(constant)
    with pytest.raises(ParityError, match="at 1 places, its network at 2"):
        require_sampled_parity("sampled", network, model, IMAGES, tmp_path)


def test_two_predictions_of_one_image_differ(exported, tmp_path):
    save_model(exported, tmp_path / "model.onnx")
    session = open_session(tmp_path / "model.onnx")
    first, second = (session.run(None, {"x": IMAGES[:1]})[0] for _ in range(2))
    assert not np.array_equal(first, second)
    twice = session.run(None, {"x": np.repeat(IMAGES[:1], 2, axis=0)})[0]
    assert not np.array_equal(twice[0], twice[1])


def test_two_processes_draw_different_numbers(exported, tmp_path):
    # Within one process all sessions begin with the same seed, which is the clock's.
    save_model(exported, tmp_path / "model.onnx")
    predict = (
        "from pathlib import Path; import numpy as np; from graph.session import open_session; "
        "x = np.ones((1, 12), dtype=np.float32); "
        f"print(open_session(Path({str(tmp_path / 'model.onnx')!r})).run(None, {{'x': x}}))"
    )
    first, second = (
        subprocess.run(
            [sys.executable, "-P", "-c", predict],
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        ).stdout
        for _ in range(2)
    )
    assert first.startswith("[array")
    assert first != second


def test_what_the_graph_draws_has_the_mean_and_the_spread_of_the_paper(tmp_path):
    # With two classes the mean probability is an integral over one Gaussian: the difference of the
    # two net inputs. Gauss and Hermite's rule knows it without a draw.
    network = sampled_network(widths=(12, 7, 2), scale=4.0)
    save_model(export_network(network), tmp_path / "model.onnx")
    rows = 4_000
    (logits,) = outputs_of(tmp_path / "model.onnx", {"x": np.repeat(IMAGES[:1], rows, axis=0)})
    found = np.exp(logits[:, 0].astype(np.float64))
    hidden, output = (
        (layer.weight.detach().double().numpy(), layer.bias.detach().double().numpy())
        for layer in network.linears
    )
    v = np.maximum(hidden[0] @ IMAGES[0] + hidden[1], 0)
    mean = output[0] @ v + output[1]
    variance = (0.2 / 0.8) * (output[0] ** 2 @ v**2).sum()
    nodes, weights = np.polynomial.hermite_e.hermegauss(80)
    expected = _sigmoid(mean[0] - mean[1] + np.sqrt(variance) * nodes) @ weights / weights.sum()
    standard_error = found.std(ddof=1) / np.sqrt(rows)
    assert abs(found.mean() - expected) < 5 * standard_error
    # The mean weights' own prediction lies far outside: the spread is in it.
    assert abs(_sigmoid(mean[0] - mean[1]) - expected) > 20 * standard_error


def _sigmoid(x):
    return 1 / (1 + np.exp(-x))
