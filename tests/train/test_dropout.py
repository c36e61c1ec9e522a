import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn

from contract.errors import ExperimentError
from train.dropout import InvertedDropout, RegularDropout, checked_drop_probability

PROBABILITIES = st.floats(min_value=0, max_value=0.99)
SEEDS = st.integers(min_value=0, max_value=2**31)
SHAPES = st.tuples(st.integers(1, 40), st.integers(1, 80))


def _bits(tensor):
    return tensor.view(torch.int32)


@pytest.mark.parametrize(
    ("p", "expected"),
    [
        (0.2, [0.8, 1.6, -2.4, 0.0]),
        (0.75, [0.25, 0.5, -0.75, 0.0]),
        (0.0, [1.0, 2.0, -3.0, 0.0]),
    ],
)
def test_regular_dropout_multiplies_by_one_minus_p_in_evaluation(p, expected):
    layer = RegularDropout(p).eval()
    torch.testing.assert_close(
        layer(torch.tensor([1.0, 2.0, -3.0, 0.0])), torch.tensor(expected), rtol=1e-7, atol=0
    )


def test_regular_dropout_leaves_what_it_keeps_alone_in_training():
    x = torch.arange(1.0, 1001.0).reshape(20, 50)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        y = RegularDropout(0.2)(x)
    kept = y != 0
    assert torch.equal(y[kept], x[kept])


def test_regular_dropout_drops_with_probability_p_and_not_one_minus_p():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        dropped = (RegularDropout(0.2)(torch.ones(1000, 100)) == 0).float().mean().item()
    # Four standard errors of a share of 0.2 among 100,000.
    assert dropped == pytest.approx(0.2, abs=4 * (0.2 * 0.8 / 100_000) ** 0.5)


@settings(deadline=None, max_examples=50)
@given(st.lists(st.floats(width=32), min_size=1), PROBABILITIES)
def test_the_eval_forward_of_inverted_dropout_is_the_identity_bit_for_bit(values, p):
    x = torch.tensor(values, dtype=torch.float32)
    for layer in (nn.Dropout(p), InvertedDropout(p)):
        assert torch.equal(_bits(layer.eval()(x)), _bits(x))


@settings(deadline=None, max_examples=50)
@given(SHAPES, PROBABILITIES, SEEDS)
def test_inverted_dropout_is_torch_s_to_the_bit_with_a_mask_drawn_beforehand_or_not(shape, p, seed):
    layer, outputs = InvertedDropout(p), []
    with torch.random.fork_rng(devices=[]):
        x = torch.randn(shape)
        for dropped in (nn.Dropout(p), layer):
            torch.manual_seed(seed)
            outputs.append(dropped(x))
        torch.manual_seed(seed)
        layer.mask = layer.draw_mask(shape)
    assert torch.equal(_bits(outputs[0]), _bits(outputs[1]))
    assert torch.equal(_bits(outputs[0]), _bits(layer(x)))


@pytest.mark.parametrize("make", [RegularDropout, InvertedDropout])
def test_a_mask_drawn_beforehand_is_used_once(make):
    layer, x = make(0.5), torch.ones(10, 1000)
    layer.mask = torch.zeros(10, 1000)
    assert not layer(x).any()
    assert layer.mask is None
    assert layer(x).any()


@pytest.mark.parametrize("make", [RegularDropout, InvertedDropout])
def test_a_generator_of_one_s_own_draws_the_mask_and_leaves_torch_s_alone(make):
    layer, generator = make(0.3), torch.Generator().manual_seed(4)
    state = torch.get_rng_state()
    first = layer.draw_mask((5, 6), generator)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.equal(first, layer.draw_mask((5, 6), generator.manual_seed(4)))


@settings(deadline=None, max_examples=50)
@given(SHAPES, PROBABILITIES, SEEDS, st.booleans())
def test_regular_and_inverted_draw_the_same_mask_from_the_same_seed(shape, p, seed, gradient):
    masks, states = [], []
    for layer in (RegularDropout(p), nn.Dropout(p)):
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            masks.append(layer(torch.ones(shape, requires_grad=gradient)) != 0)
            states.append(torch.get_rng_state())
    assert torch.equal(*masks)
    assert torch.equal(*states)


@pytest.mark.parametrize("training", [True, False])
def test_p_of_zero_is_the_identity_and_draws_nothing(training):
    layer = RegularDropout(0.0).train(training)
    x = torch.rand(3, 4)
    state = torch.get_rng_state()
    assert layer(x) is x
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("p", [1.0, -0.1, 1.5, float("nan")])
@pytest.mark.parametrize("make", [RegularDropout, InvertedDropout, checked_drop_probability])
def test_p_outside_zero_to_one_is_refused(make, p):
    with pytest.raises(ExperimentError, match="drop probability"):
        make(p)
