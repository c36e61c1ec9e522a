import typing

import pytest
import torch
from torch import nn
from torch.nn import functional

from contract.errors import ExperimentError
from contract.experiment import ACTIVATIONS as EXPERIMENT_ACTIVATIONS
from contract.network_card import TrainedCard
from train.network import ACTIVATIONS, DROPOUTS, Mlp, fed_weight

WIDTHS = (784, 75, 45, 10)


def _seeded(make):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        return make()


def test_the_forward_is_linear_activation_dropout_and_a_bare_linear_at_the_end():
    network = Mlp((4, 3, 2), (0.2,), "regular", "tanh").eval()
    x = torch.rand(5, 4)
    state = network.state_dict()
    hidden = torch.tanh(functional.linear(x, state["linears.0.weight"], state["linears.0.bias"]))
    expected = functional.linear(hidden * 0.8, state["linears.1.weight"], state["linears.1.bias"])
    assert torch.equal(network(x), expected)


def test_the_output_layer_has_no_dropout():
    network = Mlp(WIDTHS, (0.5, 0.5), "inverted")
    assert len(network.dropouts) == 2
    assert not (network.train()(torch.rand(64, 784)) == 0).any()


def test_every_kind_of_dropout_starts_from_the_same_weights_under_the_same_names():
    states = [
        _seeded(lambda kind=kind: Mlp(WIDTHS, (0.2, 0.5), kind)).state_dict() for kind in DROPOUTS
    ]
    for state in states[1:]:
        assert list(state) == list(states[0])
        assert all(torch.equal(state[name], states[0][name]) for name in state)


def test_first_weights_are_pytorch_s_default():
    mine = _seeded(lambda: Mlp(WIDTHS, (0.5, 0.5))).state_dict()
    torchs = _seeded(
        lambda: nn.Sequential(nn.Linear(784, 75), nn.Linear(75, 45), nn.Linear(45, 10))
    ).state_dict()
    assert all(map(torch.equal, mine.values(), torchs.values()))


def test_each_hidden_layer_has_its_own_drop_probability():
    network = Mlp(WIDTHS, (0.2, 0.5), "regular")
    assert [layer.p for layer in network.dropouts] == [0.2, 0.5]


def test_without_dropout_training_and_evaluation_predict_the_same():
    network = Mlp(WIDTHS, (0.5, 0.5), "none")
    x = torch.rand(3, 784)
    assert torch.equal(network.train()(x), network.eval()(x))


def test_a_hidden_layer_feeds_the_next_weight_matrix():
    state = Mlp(WIDTHS, (0.5, 0.5)).state_dict()
    assert [tuple(state[fed_weight(layer)].shape) for layer in (0, 1)] == [(45, 75), (10, 45)]


def test_the_experiment_and_the_network_know_the_same_activations_and_dropouts():
    assert set(ACTIVATIONS) == set(EXPERIMENT_ACTIVATIONS)
    assert set(DROPOUTS) == set(typing.get_args(TrainedCard.model_fields["dropout"].annotation))


@pytest.mark.parametrize(
    ("probabilities", "dropout", "activation", "message"),
    [
        ((0.5,), "inverted", "relu", "1 drop probabilities for 2 hidden layers"),
        ((0.5, 1.0), "inverted", "relu", "drop probability of 1.0"),
        ((0.5, 1.0), "regular", "relu", "drop probability of 1.0"),
        ((0.5, 0.5), "invertde", "relu", "did you mean 'inverted'"),
        ((0.5, 0.5), "none", "rleu", "did you mean 'relu'"),
    ],
)
def test_what_cannot_be_built_is_refused(probabilities, dropout, activation, message):
    with pytest.raises(ExperimentError, match=message):
        Mlp(WIDTHS, probabilities, dropout, activation)
