import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from torch import nn
from torch.nn import functional

from contract.architecture import Architecture
from contract.errors import ExperimentError
from train.dropconnect import DropConnectLinear, SampledMlp
from train.network import Mlp

LEVELS = 65536


@pytest.fixture(autouse=True)
def _own_draws():
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(11)
        yield


def _sampled(network, samples):
    return SampledMlp(network.linears, network.activation, samples).eval()


def _dropconnect(widths=(6, 5, 4), p=0.3, activation="relu"):
    return Mlp(Architecture(widths, (p,) * (len(widths) - 2), "dropconnect", activation))


def _contrasts(logits):
    """Return how far net inputs are above the first: log-softmax shifts all of them alike."""
    return logits[:, 1:] - logits[:, :1]


@pytest.mark.parametrize("p", [0.1, 0.5, 0.8])
def test_a_mask_drops_the_share_p_wherever_in_a_draw_of_the_generator_it_lies(p):
    mask = DropConnectLinear(100, 100, p).draw_mask(40)
    lanes = mask.view(-1, 4)
    error = (p * (1 - p) / len(lanes)) ** 0.5
    assert set(mask.unique().tolist()) == {0.0, 1.0}
    for lane in lanes.unbind(1):
        assert 1 - lane.mean().item() == pytest.approx(p, abs=4.5 * error)


def test_weights_are_dropped_independently_of_their_neighbours():
    mask = DropConnectLinear(1000, 100, 0.5).draw_mask(10).flatten()
    for distance in (1, 2, 3, 4, 1000):
        both = (mask[distance:] * mask[:-distance]).mean().item()
        assert both == pytest.approx(0.25, abs=4.5 * (0.25 * 0.75 / len(mask)) ** 0.5)


def test_p_is_met_to_one_part_in_65536():
    """Of 2^24 weights 256 are kept on average at the smallest share there is, 16 more or fewer."""
    kept = DropConnectLinear(4096, 4096, 1 - 1 / LEVELS).draw_mask(1).sum().item()
    assert kept == pytest.approx(2**24 / LEVELS, abs=4.5 * 16)
    assert DropConnectLinear(64, 64, 0.4 / LEVELS).draw_mask(8).min() == 1


def test_every_example_has_a_mask_of_its_own():
    mask = DropConnectLinear(20, 10, 0.5).draw_mask(50)
    assert mask.shape == (50, 10, 20)
    assert len(mask.flatten(1).unique(dim=0)) == 50


def test_the_same_generator_draws_the_same_mask_and_torch_s_own_is_left_alone():
    layer, generator, state = DropConnectLinear(7, 5, 0.5), torch.Generator(), torch.get_rng_state()
    masks = [layer.draw_mask(3, generator.manual_seed(seed)) for seed in (1, 1, 2)]
    assert torch.equal(masks[0], masks[1])
    assert not torch.equal(masks[0], masks[2])
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("p", [0.0, 0.5])
def test_evaluation_is_the_plain_linear_layer_to_the_bit_and_draws_nothing(p):
    layer, x, state = DropConnectLinear(6, 5, p).eval(), torch.ones(3, 6), torch.get_rng_state()
    assert torch.equal(layer(x), functional.linear(x, layer.weight, layer.bias))
    assert torch.equal(layer.train(p == 0.5).eval()(x), layer(x))
    assert torch.equal(torch.get_rng_state(), state)


def test_p_of_zero_drops_nothing_in_training():
    layer, x = DropConnectLinear(6, 5, 0.0).train(), torch.rand(3, 6)
    assert torch.equal(layer(x), functional.linear(x, layer.weight, layer.bias))


def test_a_mask_drawn_beforehand_is_used_once():
    layer, x = DropConnectLinear(60, 5, 0.5).train(), torch.rand(3, 60)
    layer.mask = torch.zeros(3, 5, 60)
    assert torch.equal(layer(x), layer.bias.expand(3, 5))
    assert layer.mask is None
    assert not torch.equal(layer(x), layer.bias.expand(3, 5))


@settings(deadline=None, max_examples=25)
@given(
    rows=st.integers(1, 8),
    inputs=st.integers(1, 20),
    outputs=st.integers(1, 12),
    p=st.floats(0.01, 0.9),
    seed=st.integers(0, 2**31),
)
def test_outputs_and_gradients_are_those_of_a_loop_over_examples(rows, inputs, outputs, p, seed):
    generator = torch.Generator().manual_seed(seed)
    layer = DropConnectLinear(inputs, outputs, p).train()
    x = torch.randn((rows, inputs), generator=generator).requires_grad_()
    weigh = torch.randn((rows, outputs), generator=generator)
    layer.mask = mask = layer.draw_mask(rows, generator)
    (layer(x) * weigh).sum().backward()

    weight, bias = (part.detach().clone().requires_grad_() for part in (layer.weight, layer.bias))
    alone = x.detach().clone().requires_grad_()
    rows_out = [(mask[n] * weight).div(1 - p) @ alone[n] + bias for n in range(rows)]
    (torch.stack(rows_out) * weigh).sum().backward()
    found = (layer.weight.grad, layer.bias.grad, x.grad)
    for mine, expected in zip(found, (weight.grad, bias.grad, alone.grad), strict=True):
        torch.testing.assert_close(mine, expected, rtol=1e-4, atol=1e-4)


def test_training_has_the_plain_layer_s_outputs_on_average():
    layer, x = DropConnectLinear(8, 3, 0.3).train(), torch.rand(1, 8)
    outputs = layer(x.expand(40_000, 8)).detach()
    error = outputs.std(0) / 40_000**0.5
    assert ((outputs.mean(0) - layer.eval()(x)[0]).abs() < 4.5 * error).all()


def test_sampled_net_inputs_have_the_mean_and_variance_of_the_paper_and_of_the_masks():
    p, draws = 0.3, 100_000
    network, image = _dropconnect(p=p), torch.rand(1, 6)
    images = image.expand(draws, 6)
    with torch.inference_mode():
        sampled = _contrasts(_sampled(network, 1)(images))
        masked = _contrasts(network.train()(images))
        network.eval()
        fed = network.linears[1]
        activations = torch.relu(network.linears[0](image))[0]
        mean = fed.weight @ activations + fed.bias
        variance = p / (1 - p) * fed.weight**2 @ activations**2
    expected_mean, expected_variance = mean[1:] - mean[0], variance[1:] + variance[0]
    for found in (sampled, masked):
        error = (expected_variance / draws) ** 0.5
        assert ((found.mean(0) - expected_mean).abs() < 4.5 * error).all()
        # A variance's own relative error is sqrt(2 / draws) for a Gaussian: 0.45 %.
        torch.testing.assert_close(found.var(0), expected_variance, rtol=0.025, atol=0)


def test_many_samples_come_near_the_mean_of_what_networks_with_masks_predict():
    """A sum of 200 masked weights is near a Gaussian, so its softmax has nearly the same mean."""
    network, image = _dropconnect((6, 200, 10), 0.5), torch.rand(1, 6)
    with torch.inference_mode():
        network.linears[1].weight.mul_(8)
        masked = network.train()(image.expand(20_000, 6)).softmax(1).mean(0)
        sampled = _sampled(network, 20_000)(image).exp()[0]
        by_mean_weights = network.eval()(image).softmax(1)[0]
    torch.testing.assert_close(sampled, masked, rtol=0, atol=0.01)
    assert (by_mean_weights - masked).abs().max() > 0.02


def test_more_samples_scatter_less_as_the_root_of_their_number():
    network, images = _dropconnect((6, 30, 10), 0.5), torch.rand(1, 6).expand(500, 6)
    with torch.inference_mode():
        spreads = [_sampled(network, k)(images).exp().std(0).mean().item() for k in (4, 400)]
    assert spreads[0] / spreads[1] == pytest.approx(10, rel=0.15)


def test_every_layer_that_drops_weights_is_sampled_and_hands_on_the_mean_of_its_activations():
    network = _dropconnect((6, 5, 4, 3), 0.5, "tanh").eval()
    x, samples = torch.rand(2, 6), 3
    sampled = _sampled(network, samples)
    noise = [torch.randn(shape) for shape in sampled.noise_shapes(2)]
    first, second, last = network.linears
    with torch.inference_mode():
        a = torch.tanh(first(x))
        u = second(a) + (a**2 @ (second.weight**2).T).sqrt() * noise[0]
        b = torch.tanh(u).mean(0)
        u = last(b) + (b**2 @ (last.weight**2).T).sqrt() * noise[1]
        torch.testing.assert_close(sampled(x, noise), u.softmax(2).mean(0).log())


def test_without_noise_samples_predict_as_the_mean_weights_do():
    network, x = _dropconnect().eval(), torch.rand(7, 6)
    sampled = _sampled(network, 5)
    with torch.inference_mode():
        silent = sampled(x, [torch.zeros(shape) for shape in sampled.noise_shapes(7)])
        torch.testing.assert_close(silent, network(x).log_softmax(1))


@pytest.mark.parametrize("samples", [1, 7])
def test_what_comes_out_are_logarithms_of_probabilities_that_sum_to_one(samples):
    with torch.inference_mode():
        out = _sampled(_dropconnect(), samples)(torch.rand(9, 6))
    assert out.shape == (9, 4)
    torch.testing.assert_close(out.exp().sum(1), torch.ones(9))


def test_a_probability_too_small_for_a_float_has_a_finite_logarithm():
    network = _dropconnect()
    with torch.inference_mode():
        network.linears[1].bias.copy_(torch.tensor([500.0, 0.0, 0.0, 0.0]))
        out = _sampled(network, 3)(torch.rand(2, 6))
    assert out.isfinite().all()
    assert (out[:, 1] < -400).all()


def test_a_network_without_dropconnect_has_nothing_to_sample():
    plain = Mlp(Architecture((6, 5, 4), (0.5,), "inverted")).eval()
    x, state = torch.rand(3, 6), torch.get_rng_state()
    with torch.inference_mode():
        torch.testing.assert_close(_sampled(plain, 10)(x), plain(x).log_softmax(1))
    assert torch.equal(torch.get_rng_state(), state)


@pytest.mark.parametrize("samples", [0, -1])
def test_fewer_than_one_sample_are_refused(samples):
    with pytest.raises(ExperimentError, match="cannot be averaged") as caught:
        SampledMlp(nn.ModuleList([nn.Linear(2, 2)]), nn.ReLU(), samples)
    assert caught.value.remedy == "give at least 1"


@pytest.mark.parametrize("p", [1.0, -0.1, 1.5, float("nan")])
def test_p_outside_zero_to_one_is_refused(p):
    with pytest.raises(ExperimentError, match="drop probability"):
        DropConnectLinear(3, 2, p)


def test_a_list_of_another_length_than_the_hidden_layers_is_refused():
    with pytest.raises(ExperimentError, match="1 drop probabilities for 2 hidden layers"):
        Mlp(Architecture((6, 5, 4, 3), (0.5,), "dropconnect"))
