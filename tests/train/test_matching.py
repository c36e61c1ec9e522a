from dataclasses import replace

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.architecture import ACTIVATIONS, PLACEMENTS, Architecture
from contract.experiment import Experiment
from contract.progress import SilentProgress
from train.dataset import DataSet, Split
from train.matching import derive_regular, matched_groups
from train.network import Mlp
from train.plan import plans
from train.training import trained

FLOAT32_EPSILON = 2.0**-23
SMALL = Architecture((4, 3, 2), (0.5,), "inverted")


def _trained_pair(digits, experiment, names):
    by_name = {plan.name: plan for plan in plans(experiment)}
    return [trained(by_name[name], digits, SilentProgress())[0] for name in names]


def _two_forms(architecture, seed):
    """Return a network with inverted dropout, its regular form, and images."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        inverted = Mlp(architecture).eval()
        x = torch.rand(30, architecture.layer_widths[0])
    regular = Mlp(replace(architecture, dropout="regular")).eval()
    regular.load_state_dict(derive_regular(inverted.state_dict(), architecture))
    return inverted, regular, x


def _rates(network):
    groups = matched_groups(network, 0.1)
    names = [name for name, _ in network.named_parameters()]
    return {name: group["lr"] for name, group in zip(names, groups, strict=True)}


def _logits(network, digits):
    with torch.inference_mode():
        return network(torch.from_numpy(digits.test.images))


def test_derived_weights_are_divided_by_what_each_dropped_layer_keeps():
    architecture = Architecture((4, 3, 2, 2), (0.2, 0.75), "inverted")
    state = Mlp(architecture).state_dict()
    derived = derive_regular(state, architecture)
    torch.testing.assert_close(derived["linears.1.weight"], state["linears.1.weight"] / 0.8)
    assert torch.equal(derived["linears.2.weight"], state["linears.2.weight"] * 4)
    for name in ("linears.0.weight", "linears.0.bias", "linears.1.bias", "linears.2.bias"):
        assert torch.equal(derived[name], state[name])


def test_where_dropout_stands_before_the_activation_a_layer_s_own_weights_and_bias_are_divided():
    architecture = Architecture((4, 3, 2, 2), (0.5, 0.75), "inverted", placement="before")
    state = Mlp(architecture).state_dict()
    derived = derive_regular(state, architecture)
    for layer, factor in ((0, 2), (1, 4), (2, 1)):
        for part in ("weight", "bias"):
            name = f"linears.{layer}.{part}"
            assert torch.equal(derived[name], state[name] * factor)


def test_deriving_leaves_the_inverted_weights_as_they_are():
    network = Mlp(SMALL)
    before = {name: tensor.clone() for name, tensor in network.state_dict().items()}
    for tensor in derive_regular(network.state_dict(), SMALL).values():
        tensor.zero_()
    assert all(torch.equal(before[name], t) for name, t in network.state_dict().items())


def test_matched_rates_are_the_rate_over_q_squared_for_fed_weights_alone():
    network = Mlp(Architecture((4, 3, 2, 2), (0.2, 0.5), "regular"))
    rates = _rates(network)
    assert rates.pop("linears.1.weight") == pytest.approx(0.1 / 0.8**2)
    assert rates.pop("linears.2.weight") == pytest.approx(0.1 / 0.25)
    assert set(rates.values()) == {0.1}


def test_matched_rates_with_dropout_before_the_activation_are_of_weights_and_bias():
    network = Mlp(replace(SMALL, dropout="regular", placement="before"))
    rates = _rates(network)
    assert [rates[f"linears.0.{part}"] for part in ("weight", "bias")] == [0.4, 0.4]
    assert [rates[f"linears.1.{part}"] for part in ("weight", "bias")] == [0.1, 0.1]


@settings(deadline=None, max_examples=30)
@given(
    p=st.lists(st.floats(0, 0.95), min_size=1, max_size=3),
    width=st.integers(1, 60),
    activation=st.sampled_from(ACTIVATIONS),
    placement=st.sampled_from(PLACEMENTS),
    output_p=st.sampled_from([0.0, 0.3]),
    seed=st.integers(0, 2**31),
)
def test_derived_regular_predicts_what_inverted_predicts(
    *, p, width, activation, placement, output_p, seed
):
    architecture = Architecture(
        (20, *[width] * len(p), 5), tuple(p), "inverted", activation, placement, output_p
    )
    inverted, regular, x = _two_forms(architecture, seed)
    with torch.inference_mode():
        # Two roundings more a layer, on values of the size of 1, summed over the width.
        tolerance = 4 * (len(p) + 1) * FLOAT32_EPSILON * width**0.5
        torch.testing.assert_close(regular(x), inverted(x), rtol=tolerance, atol=tolerance)


def test_matched_training_agrees_to_the_bit_at_one_half_and_naive_training_does_not(
    digits, experiment
):
    inverted, regular, naive = _trained_pair(
        digits, experiment(training={"epochs": 5}), ("inverted", "regular", "regular-naive")
    )
    derived = derive_regular(inverted.state_dict(), inverted.architecture)
    assert all(torch.equal(derived[name], t) for name, t in regular.state_dict().items())
    expected = _logits(inverted, digits)
    assert torch.equal(_logits(regular, digits), expected)
    assert (_logits(naive, digits) - expected).abs().max() > 0.5


def test_matched_training_stays_within_rounding_at_other_probabilities(digits, experiment):
    inverted, regular, naive = _trained_pair(
        digits,
        experiment(network={"drop_probability": [0.2, 0.5]}),
        ("inverted", "regular", "regular-naive"),
    )
    expected = _logits(inverted, digits)
    drift = (_logits(regular, digits) - expected).abs().max()
    # 66 steps, each adding a few roundings of logits of the size of 1 (2^-23 = 1.2e-7), which
    # later steps amplify: 1e-4 leaves two orders for that. The naive pair is three above it.
    assert 0 < drift < 1e-4
    assert (_logits(naive, digits) - expected).abs().max() > 0.1


@settings(deadline=None, max_examples=8)
@given(hidden=st.lists(st.integers(1, 40), min_size=1, max_size=3), seed=st.integers(0, 2**31))
def test_the_matched_pair_agrees_to_the_bit_for_any_shape_and_seed(digits, hidden, seed):
    few = Split(digits.train.images[:256], digits.train.labels[:256])
    data = DataSet("digits", few, few, few, "")
    experiment = Experiment.resolve(
        overrides={
            "network": {"hidden": hidden, "drop_probability": 0.5},
            "training": {"epochs": 2, "batch_size": 32},
            "seeds": {"training": seed},
        }
    )
    inverted, regular = _trained_pair(data, experiment, ("inverted", "regular"))
    assert torch.equal(_logits(regular, data), _logits(inverted, data))


def test_a_rate_that_is_not_matched_breaks_the_agreement(digits, experiment):
    by_name = {plan.name: plan for plan in plans(experiment())}
    inverted, _ = trained(by_name["inverted"], digits, SilentProgress())
    other = replace(by_name["regular"], learning_rate=0.1001)
    regular, _ = trained(other, digits, SilentProgress())
    assert not torch.equal(_logits(regular, digits), _logits(inverted, digits))
