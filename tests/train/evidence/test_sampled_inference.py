import pytest
import torch
from torch.nn import functional

from contract.architecture import Architecture
from train.dropconnect import SampledMlp
from train.evidence.sampled_inference import SAMPLES, sampled_inference
from train.fitting import evaluate, seeded
from train.network import Mlp


def test_samples_grow_as_powers_of_ten():
    assert SAMPLES == (1, 10, 100, 1000)


def test_accuracy_and_loss_are_those_of_the_mean_probabilities(loaded, few_digits):
    networks, seeds = loaded("dropconnect")
    found = sampled_inference(networks, seeds, 10, few_digits.test)
    labels = torch.from_numpy(few_digits.test.labels)
    with seeded(seeds[1]), torch.inference_mode():
        sampled = SampledMlp(networks[1].linears, networks[1].activation, 10)
        logarithms = sampled(torch.from_numpy(few_digits.test.images))
    assert found.samples == 10
    assert found.seeds == tuple(seeds)
    assert found.test_accuracy[1] == (logarithms.argmax(1) == labels).sum().item() / 60
    assert found.test_loss[1] == functional.nll_loss(logarithms, labels).item()


def test_rows_are_predicted_in_chunks_that_fit_in_memory_and_come_back_in_their_order(digits):
    """Of p = 0 every sample is the net input itself."""
    network = Mlp(Architecture((784, 20, 45, 10), (0.0, 0.0), "dropconnect")).eval()
    chunks = []
    network.linears[0].register_forward_pre_hook(lambda _, given: chunks.append(len(given[0])))
    found = sampled_inference([network], [1], 1000, digits.test)
    assert sum(chunks) == 450
    # Net inputs, noise, and two results of both, of 45 units and 4 bytes, stay below 200 MB.
    assert max(chunks) * 1000 * 45 * 4 * 4 < 200e6
    expected = evaluate(network, digits.test)
    assert found.test_accuracy[0] == pytest.approx(expected.accuracy, abs=1 / 450)
    assert found.test_loss[0] == pytest.approx(expected.loss, rel=1e-5)
