"""The lecture's claims that are identities: for every shape, drop probability, mask and seed."""

from dataclasses import replace

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from contract.architecture import ACTIVATIONS, PLACEMENTS, Architecture
from contract.progress import SilentProgress
from train.dataset import DataSet, Split
from train.dropconnect import DropConnectLinear
from train.dropout import InvertedDropout, RegularDropout
from train.matching import derive_regular
from train.network import Mlp
from train.plan import NetworkPlan
from train.training import trained

FEATURES, CLASSES = 12, 10
SHAPES = st.tuples(st.integers(1, 40), st.integers(1, 80))
PROBABILITIES = st.floats(0, 0.95)
SEEDS = st.integers(0, 2**31)
HIDDEN = st.lists(st.integers(1, 40), min_size=1, max_size=3)
FLOAT32_EPSILON = 2.0**-23


def _generator(seed):
    return torch.Generator().manual_seed(seed)


def _values(shape, seed):
    return torch.randn(shape, generator=_generator(seed))


def _whole_numbers(shape, seed):
    return torch.randint(-8, 9, shape, generator=_generator(seed)).float()


def _trained(architecture, matching, seed):
    """Train a small network on random data; return its state and the logits of new images."""
    numbers = np.random.default_rng(seed)
    splits = [
        Split(
            numbers.random((rows, FEATURES), dtype=np.float32), numbers.integers(0, CLASSES, rows)
        )
        for rows in (96, 8, 30)
    ]
    plan = NetworkPlan("small", architecture, matching, 3, 16, 0.05, seed, "random", watched=False)
    network, _ = trained(plan, DataSet("random", *splits, source=""), SilentProgress())
    with torch.inference_mode():
        return network.state_dict(), network(torch.from_numpy(splits[2].images))


def _architecture(hidden, probabilities, **changes):
    widths = (FEATURES, *hidden, CLASSES)
    return replace(Architecture(widths, tuple(probabilities), "inverted"), **changes)


@settings(deadline=None, max_examples=60)
@given(SHAPES, PROBABILITIES, SEEDS)
def test_c1_regular_dropout_drops_in_training_and_multiplies_by_one_minus_p_at_prediction(
    shape, p, seed
):
    layer, x = RegularDropout(p), _values(shape, seed)
    layer.mask = mask = layer.draw_mask(shape, _generator(seed + 1))
    assert set(mask.unique().tolist()) <= {0.0, 1.0}
    assert np.array_equal(layer.train()(x).numpy(), np.where(mask.numpy() == 1, x.numpy(), 0))
    assert np.array_equal(layer.eval()(x).numpy(), x.numpy() * np.float32(1 - p))


@settings(deadline=None, max_examples=60)
@given(SHAPES, PROBABILITIES, SEEDS, st.sampled_from([nn.Dropout, InvertedDropout]))
def test_c2_inverted_dropout_divides_by_one_minus_p_in_training_and_does_nothing_at_prediction(
    shape, p, seed, make
):
    layer, x = make(p), _values(shape, seed)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        kept = torch.empty(shape).bernoulli_(1 - p).numpy() == 1
        torch.manual_seed(seed)
        found = layer.train()(x).numpy()
    # q, 1/q and the product are rounded, and so is this quotient: half an epsilon each.
    expected = np.where(kept, x.numpy() / (1 - p), 0)
    np.testing.assert_allclose(found, expected, rtol=2 * FLOAT32_EPSILON, atol=0)
    assert torch.equal(layer.eval()(x).view(torch.int32), x.view(torch.int32))


@settings(deadline=None, max_examples=12)
@given(hidden=HIDDEN, seed=SEEDS, p=PROBABILITIES, placement=st.sampled_from(PLACEMENTS))
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_c5_one_set_of_weights_predicts_the_same_in_both_forms_and_to_the_bit_at_one_half(
    hidden, seed, p, placement, activation
):
    for probability, tolerance in ((p, 1e-5), (0.5, 0.0)):
        architecture = _architecture(
            hidden, [probability] * len(hidden), activation=activation, placement=placement
        )
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            inverted = Mlp(architecture).eval()
        regular = Mlp(replace(architecture, dropout="regular")).eval()
        regular.load_state_dict(derive_regular(inverted.state_dict(), architecture))
        images = _values((20, FEATURES), seed)
        with torch.inference_mode():
            torch.testing.assert_close(
                regular(images), inverted(images), rtol=tolerance, atol=tolerance
            )


@settings(deadline=None, max_examples=10)
@given(hidden=HIDDEN, seed=SEEDS, activation=st.sampled_from(ACTIVATIONS))
@pytest.mark.parametrize("placement", PLACEMENTS)
def test_c5_matched_training_agrees_to_the_bit_at_one_half(placement, hidden, seed, activation):
    inverted = _architecture(
        hidden, [0.5] * len(hidden), activation=activation, placement=placement
    )
    regular = replace(inverted, dropout="regular")
    state, logits = _trained(inverted, "", seed)
    matched_state, matched_logits = _trained(regular, "matched", seed)
    derived = derive_regular(state, inverted)
    assert all(torch.equal(derived[name], tensor) for name, tensor in matched_state.items())
    assert torch.equal(matched_logits, logits)


@settings(deadline=None, max_examples=10)
@given(
    layers=st.lists(st.tuples(st.integers(1, 40), st.floats(0.05, 0.7)), min_size=1, max_size=3),
    seed=SEEDS,
)
@pytest.mark.parametrize("placement", PLACEMENTS)
def test_c5_matched_training_agrees_to_rounding_at_other_probabilities(placement, layers, seed):
    hidden, probabilities = zip(*layers, strict=True)
    inverted = _architecture(hidden, probabilities, placement=placement)
    _, logits = _trained(inverted, "", seed)
    _, matched = _trained(replace(inverted, dropout="regular"), "matched", seed)
    # 18 steps, each adding a few roundings of logits of the size of 1, which later ones amplify.
    torch.testing.assert_close(matched, logits, rtol=1e-4, atol=1e-4)


def test_c5_naive_training_does_not_agree():
    inverted = _architecture((20, 20), (0.5, 0.5))
    _, logits = _trained(inverted, "", 1)
    _, naive = _trained(replace(inverted, dropout="regular"), "naive", 1)
    assert (naive - logits).abs().max() > 0.01


@settings(deadline=None, max_examples=60)
@given(SHAPES, PROBABILITIES, SEEDS)
@pytest.mark.parametrize("make", [InvertedDropout, RegularDropout])
@pytest.mark.parametrize("training", [True, False])
def test_c6_dropout_before_relu_and_after_it_are_the_same_to_the_bit(
    training, make, shape, p, seed
):
    layer, x = make(p).train(training), _values(shape, seed)
    mask = layer.draw_mask(shape, _generator(seed + 1))
    layer.mask = mask
    before = torch.relu(layer(x))
    layer.mask = mask
    assert torch.equal(layer(torch.relu(x)), before)


@settings(deadline=None, max_examples=60)
@given(SHAPES, SEEDS)
def test_c6_a_unit_dropped_before_a_sigmoid_puts_out_one_half_and_after_it_nothing(shape, seed):
    layer, x = InvertedDropout(0.5), _values(shape, seed)
    mask = layer.draw_mask(shape, _generator(seed + 1))
    layer.mask = mask
    before = torch.sigmoid(layer(x))
    layer.mask = mask
    after = layer(torch.sigmoid(x))
    assert (before[mask == 0] == 0.5).all()
    assert (after[mask == 0] == 0).all()
    assert not torch.equal(before, after)


@settings(deadline=None, max_examples=5)
@given(HIDDEN, SEEDS)
def test_c6_networks_trained_with_either_order_are_the_same_for_relu_alone(hidden, seed):
    for activation, same in (("relu", True), ("sigmoid", False)):
        after = _architecture(hidden, [0.5] * len(hidden), activation=activation)
        _, logits = _trained(after, "", seed)
        _, before_logits = _trained(replace(after, placement="before"), "", seed)
        assert torch.equal(before_logits, logits) == same


@settings(deadline=None, max_examples=60)
@given(SHAPES, st.integers(1, 40), PROBABILITIES, SEEDS)
def test_c12_dropping_all_weights_that_leave_a_unit_is_dropping_the_unit(shape, outputs, p, seed):
    dropping, units, x, plain = _weights_beside_units(shape, outputs, p, seed)
    found, expected = dropping(x), plain(units(x))
    # A sum of as many products as there are units, each rounded in another place.
    tolerance = 4 * FLOAT32_EPSILON * shape[1] / (1 - p)
    torch.testing.assert_close(found, expected, rtol=tolerance, atol=tolerance)
    for layer, output in ((dropping, found), (plain, expected)):
        output.square().sum().backward()
        assert layer.weight.grad is not None
    scale = plain.weight.grad.abs().max()
    torch.testing.assert_close(
        dropping.weight.grad, plain.weight.grad, rtol=1e-4, atol=1e-4 * scale.item()
    )


@settings(deadline=None, max_examples=60)
@given(SHAPES, st.integers(1, 40), st.sampled_from([0.5, 0.75, 0.875]), SEEDS)
def test_c12_in_whole_numbers_it_is_so_to_the_bit(shape, outputs, p, seed):
    dropping, units, _, plain = _weights_beside_units(shape, outputs, p, seed)
    with torch.no_grad():
        for layer in (dropping, plain):
            layer.weight.copy_(_whole_numbers((outputs, shape[1]), seed))
            layer.bias.copy_(_whole_numbers((outputs,), seed + 1))
        x = _whole_numbers(shape, seed + 2)
        assert torch.equal(dropping(x), plain(units(x)))


def _weights_beside_units(shape, outputs, p, seed):
    """Return DropConnect with a mask of whole units, dropout of those, images, a plain layer."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        dropping = DropConnectLinear(shape[1], outputs, p)
    plain = nn.Linear(shape[1], outputs)
    plain.load_state_dict(dropping.state_dict())
    units = InvertedDropout(p)
    units.mask = units.draw_mask(shape, _generator(seed))
    dropping.mask = (units.mask > 0).float().unsqueeze(1).expand(shape[0], outputs, shape[1])
    return dropping, units, _values(shape, seed), plain
