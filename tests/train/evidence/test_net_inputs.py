from dataclasses import replace

import numpy as np
import pytest
import torch

from contract.architecture import Architecture
from train.dataset import Split
from train.evidence.net_inputs import net_inputs
from train.network import Mlp

ONES = Split(np.ones((50, 3), np.float32), np.zeros(50, np.int64))


def _uniform(p=0.5, width=4):
    """A network whose weights are all 1, without biases."""
    network = Mlp(Architecture((3, width, 2), (p,), "inverted")).eval()
    with torch.no_grad():
        for linear in network.linears:
            linear.weight.fill_(1)
            linear.bias.zero_()
    return network


def test_net_inputs_are_worked_out_by_hand_for_weights_of_one():
    """Three inputs of 1 make 3 in each of 4 units; the next layer adds up 12, as inverted dropout
    has it. Regular dropout's weights are 1/q, so that without the factor it gets 12/q."""
    (layer,) = net_inputs([_uniform(0.2)], [1], ONES)
    assert layer.hidden_layer == 1
    assert layer.p == 0.2
    assert layer.mean_scaled[0] == pytest.approx(12)
    assert layer.mean_unscaled[0] == pytest.approx(12 / 0.8)
    assert layer.spread_scaled[0] == pytest.approx(0, abs=1e-5)


def test_in_training_the_mean_is_that_of_prediction_and_the_masks_spread_it():
    layer = net_inputs([_uniform(0.5, width=100)], [1], ONES)[0]
    # Of 100 units of 3 / q some 50 are kept, give or take 5, in 50 rows.
    assert layer.mean_training[0] == pytest.approx(300, abs=4 * 30 / 50**0.5)
    assert layer.spread_training[0] == pytest.approx(30, rel=0.4)


def test_densities_integrate_to_one_over_common_edges(loaded, few_digits):
    for layer in net_inputs(*loaded("inverted"), few_digits.test):
        widths = np.diff(layer.edges)
        assert (widths > 0).all()
        for density in (layer.training, layer.scaled, layer.unscaled):
            assert np.sum(density * widths) == pytest.approx(1)


def test_each_hidden_layer_and_each_seed_is_measured(loaded, few_digits):
    networks, seeds = loaded("inverted")
    layers = net_inputs(networks, seeds, few_digits.test)
    assert [(layer.hidden_layer, layer.p) for layer in layers] == [(1, 0.5), (2, 0.5)]
    for layer in layers:
        assert len(layer.mean_training) == len(layer.spread_unscaled) == len(seeds)
        assert layer.mean_training[0] != layer.mean_training[1]
        assert np.divide(layer.spread_unscaled, layer.spread_scaled) == pytest.approx(
            2**layer.hidden_layer, rel=0.5
        )


def test_the_histograms_are_of_the_first_seed(loaded, few_digits):
    networks, seeds = loaded("inverted")
    both = net_inputs(networks, seeds, few_digits.test)
    first = net_inputs(networks[:1], seeds[:1], few_digits.test)
    assert [layer.training for layer in both] == [layer.training for layer in first]


def test_the_networks_stay_as_they_are(loaded, few_digits):
    networks, seeds = loaded("inverted")
    before = [tensor.clone() for tensor in networks[0].state_dict().values()]
    state = torch.get_rng_state()
    net_inputs(networks, seeds, few_digits.test)
    assert all(map(torch.equal, networks[0].state_dict().values(), before))
    assert torch.equal(torch.get_rng_state(), state)
    assert networks[0].architecture == replace(networks[0].architecture, dropout="inverted")
