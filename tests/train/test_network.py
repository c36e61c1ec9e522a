from dataclasses import replace

import pytest
import torch
from torch import nn
from torch.nn import functional

from contract.architecture import ACTIVATIONS as NAMED_ACTIVATIONS
from contract.architecture import DROPOUTS, Architecture
from contract.errors import ExperimentError
from train.dropconnect import DropConnectLinear
from train.network import ACTIVATIONS, UNIT_DROPOUTS, Mlp, fed_weight

LECTURE = Architecture((784, 75, 45, 10), (0.5, 0.5), "inverted")
SMALL = Architecture((4, 3, 2), (0.2,), "regular", "tanh")


def _seeded(make):
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        return make()


def _layer(state, index, x):
    return functional.linear(x, state[f"linears.{index}.weight"], state[f"linears.{index}.bias"])


@pytest.mark.parametrize(
    ("placement", "hidden"),
    [
        ("after", lambda net_input: torch.tanh(net_input) * 0.8),
        ("before", lambda net_input: torch.tanh(net_input * 0.8)),
    ],
)
def test_the_forward_is_linear_dropout_where_it_stands_and_a_bare_linear_at_the_end(
    placement, hidden
):
    network = Mlp(replace(SMALL, placement=placement)).eval()
    x, state = torch.rand(5, 4), network.state_dict()
    expected = _layer(state, 1, hidden(_layer(state, 0, x)))
    assert torch.equal(network(x), expected)


def test_the_output_layer_has_no_dropout():
    network = Mlp(LECTURE)
    assert len(network.dropouts) == 2
    assert not (network.train()(torch.rand(64, 784)) == 0).any()


def test_an_architecture_that_asks_for_it_drops_outputs():
    network = Mlp(replace(LECTURE, output_drop_probability=0.3))
    dropped = (network.train()(torch.rand(256, 784)) == 0).float().mean()
    # Four standard errors of a share of 0.3 among 2,560.
    assert dropped == pytest.approx(0.3, abs=4 * (0.3 * 0.7 / 2560) ** 0.5)
    assert not (network.eval()(torch.rand(64, 784)) == 0).any()


def test_every_kind_of_dropout_starts_from_the_same_weights_under_the_same_names():
    states = [
        _seeded(lambda kind=kind: Mlp(replace(LECTURE, dropout=kind))).state_dict()
        for kind in DROPOUTS
    ]
    for state in states[1:]:
        assert list(state) == list(states[0])
        assert all(torch.equal(state[name], states[0][name]) for name in state)


def test_first_weights_are_pytorch_s_default():
    mine = _seeded(lambda: Mlp(LECTURE)).state_dict()
    torchs = _seeded(
        lambda: nn.Sequential(nn.Linear(784, 75), nn.Linear(75, 45), nn.Linear(45, 10))
    ).state_dict()
    assert all(map(torch.equal, mine.values(), torchs.values()))


@pytest.mark.parametrize("kind", ["regular", "inverted"])
def test_each_hidden_layer_has_its_own_drop_probability(kind):
    network = Mlp(replace(LECTURE, dropout=kind, drop_probabilities=(0.2, 0.5)))
    assert [layer.p for layer in network.dropouts] == [0.2, 0.5]


def test_dropconnect_drops_weights_of_the_layers_that_hidden_layers_feed_alone():
    network = Mlp(replace(LECTURE, dropout="dropconnect", drop_probabilities=(0.2, 0.5)))
    first, *fed = network.linears
    assert not isinstance(first, DropConnectLinear)
    assert [layer.p for layer in fed] == [0.2, 0.5]


def test_without_dropout_training_and_evaluation_predict_the_same():
    network = Mlp(replace(LECTURE, dropout="none"))
    x = torch.rand(3, 784)
    assert torch.equal(network.train()(x), network.eval()(x))


def test_a_hidden_layer_feeds_the_next_weight_matrix():
    state = Mlp(LECTURE).state_dict()
    assert [tuple(state[fed_weight(layer)].shape) for layer in (0, 1)] == [(45, 75), (10, 45)]


def test_net_inputs_are_the_next_layers_weights_times_what_they_are_handed():
    network = Mlp(replace(SMALL, layer_widths=(4, 3, 2, 2), drop_probabilities=(0.2, 0.5))).eval()
    x, state = torch.rand(5, 4), network.state_dict()
    handed = torch.tanh(_layer(state, 0, x)) * 0.8
    first = handed @ state["linears.1.weight"].T
    second = (torch.tanh(first + state["linears.1.bias"]) * 0.5) @ state["linears.2.weight"].T
    for found, expected in zip(network.net_inputs(x), (first, second), strict=True):
        torch.testing.assert_close(found, expected)


def test_net_inputs_in_training_mode_are_those_of_what_was_kept():
    network = Mlp(replace(SMALL, layer_widths=(4, 6, 5), drop_probabilities=(0.5,))).train()
    with torch.no_grad():
        network.linears[1].bias.fill_(7)
    x, mask = torch.rand(5, 4), torch.zeros(5, 6)
    network.dropouts[0].mask = mask
    assert torch.allclose(network.net_inputs(x)[0], torch.zeros(5, 5), atol=1e-6)


@pytest.mark.parametrize("kind", [kind for kind in DROPOUTS if kind != "none"])
@pytest.mark.parametrize("placement", ["after", "before"])
def test_masks_drawn_in_their_order_are_those_the_forward_pass_would_draw(kind, placement):
    architecture = replace(LECTURE, dropout=kind, placement=placement, output_drop_probability=0.3)
    network = _seeded(lambda: Mlp(architecture)).train()
    x = torch.rand(8, 784)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(9)
        drawn_within = network(x)
        state_within = torch.get_rng_state()
        torch.manual_seed(9)
        for layer, draw in network.mask_draws():
            layer.mask = draw(8, None)
        assert torch.equal(torch.get_rng_state(), state_within)
    assert torch.equal(network(x), drawn_within)


def test_a_layer_that_drops_nothing_draws_no_mask():
    network = Mlp(replace(LECTURE, drop_probabilities=(0.0, 0.5)))
    assert [layer for layer, _ in network.mask_draws()] == [network.dropouts[1]]


def test_the_contract_and_the_network_know_the_same_activations_and_dropouts():
    assert tuple(ACTIVATIONS) == NAMED_ACTIVATIONS
    assert tuple(UNIT_DROPOUTS) == DROPOUTS


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"drop_probabilities": (0.5,)}, "1 drop probabilities for 2 hidden layers"),
        ({"drop_probabilities": (0.5, 1.0)}, "drop probability of 1.0"),
        ({"drop_probabilities": (0.5, 1.0), "dropout": "regular"}, "drop probability of 1.0"),
        ({"drop_probabilities": (0.5, 1.0), "dropout": "dropconnect"}, "drop probability of 1.0"),
        ({"output_drop_probability": 1.0}, "drop probability of 1.0"),
        ({"dropout": "invertde"}, "did you mean 'inverted'"),
        ({"activation": "rleu"}, "did you mean 'relu'"),
        ({"placement": "befor"}, "did you mean 'before'"),
    ],
)
def test_what_cannot_be_built_is_refused(changes, message):
    with pytest.raises(ExperimentError, match=message):
        Mlp(replace(LECTURE, **changes))
