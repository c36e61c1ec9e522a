from dataclasses import replace

import numpy as np
import pytest
import torch
from onnx import numpy_helper

from contract.errors import ExperimentError
from contract.experiment import ARMS, OTHER_FUNCTION
from contract.repository import model_file
from export.arms import ArmMaker
from export.parity import network_logits, require_parity
from export.sampled_parity import require_sampled_parity
from export.trained_networks import TrainedNetworks
from graph.model_file import load_model, save_model
from graph.prediction import outputs_of
from graph.scaling import scalings
from train.matching import derive_regular
from train.network import Mlp


def _weights(run, arm):
    model = load_model(model_file(run.directory.repository, arm))
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}


DOSES = {"regular": 1, "regular-x2": 2, "regular-x4": 4, "regular-x8": 8}
SAME_FUNCTION = [arm for arm in ARMS if arm not in OTHER_FUNCTION]


def _networks(inverted, samples=20):
    """What arms are made from: the rest of the trained networks around an inverted one."""
    regular = Mlp(replace(inverted.architecture, dropout="regular"))
    regular.load_state_dict(derive_regular(inverted.state_dict(), inverted.architecture))
    torch.manual_seed(1)
    return TrainedNetworks(
        inverted=inverted,
        regular=regular.eval(),
        dropconnect=Mlp(replace(inverted.architecture, dropout="dropconnect")).eval(),
        samples=samples,
        inverted_sha256="0" * 64,
        dropconnect_sha256="1" * 64,
    )


def _content(run, arm):
    return model_file(run.directory.repository, arm).read_bytes()


def test_at_p_one_half_folded_is_inverted_to_the_byte(halves):
    inverted, folded = (_weights(halves, arm) for arm in ("inverted", "folded"))
    assert inverted.keys() == folded.keys()
    assert all(np.array_equal(inverted[name], folded[name]) for name in inverted)
    assert _content(halves, "folded") == _content(halves, "inverted")


def test_at_other_p_folded_is_inverted_to_rounding(unequal):
    inverted, folded = (_weights(unequal, arm) for arm in ("inverted", "folded"))
    assert inverted.keys() == folded.keys()
    for name, weight in inverted.items():
        # Divided by q and multiplied by it: two roundings of 2^-24 each, and that of q itself.
        np.testing.assert_allclose(folded[name], weight, rtol=3 * 2.0**-24, atol=0)
    assert any(not np.array_equal(inverted[name], folded[name]) for name in inverted)


@pytest.mark.parametrize("run_name", ["halves", "unequal"])
def test_again_is_inverted_to_the_byte_and_regular_is_not(run_name, request):
    run = request.getfixturevalue(run_name)
    assert _content(run, "again") == _content(run, "inverted")
    assert _content(run, "regular") != _content(run, "inverted")


def test_regular_has_the_weights_of_inverted_divided_by_what_is_kept(unequal):
    inverted, regular = (_weights(unequal, arm) for arm in ("inverted", "regular"))
    for layer, kept in enumerate((1.0, 0.8, 0.5)):
        name = f"linears.{layer}.weight"
        expected = (torch.from_numpy(inverted[name].copy()) / kept).numpy()
        assert np.array_equal(regular[name], expected)
        assert np.array_equal(regular[f"linears.{layer}.bias"], inverted[f"linears.{layer}.bias"])


def test_the_card_says_whether_the_trained_regular_network_has_these_weights(halves, unequal):
    assert "'regular' has the same weights to the bit" in halves.cards[1].made_from
    assert "'regular' differs from these weights by up to" in unequal.cards[1].made_from


# ReLU behind which dropout stands is what the runs of `halves` and `unequal` have.
@pytest.mark.parametrize(
    ("activation", "placement", "drop_probabilities"),
    [
        ("sigmoid", "after", (0.2, 0.5)),
        ("tanh", "after", (0.5, 0.2)),
        ("relu", "before", (0.2, 0.5)),
        ("sigmoid", "before", (0.2, 0.5)),
    ],
)
def test_every_arm_predicts_like_its_network_and_like_inverted(
    activation, placement, drop_probabilities, network, tmp_path
):
    inverted = network(drop_probabilities, activation=activation, placement=placement)
    operator = activation.capitalize()
    maker = ArmMaker(_networks(inverted))
    images = np.random.default_rng(0).random((64, 12), dtype=np.float32)
    expected = network_logits(inverted, images)
    for name in SAME_FUNCTION:
        arm = maker.make(name)
        assert arm.same_function
        save_model(arm.model, tmp_path / name)
        (logits,) = outputs_of(tmp_path / name, {"x": images})
        require_parity(name, network_logits(arm.network, images), logits)
        require_parity(name, expected, logits)
        muls = ["Mul"] * DOSES.get(name, 0)
        layer = ["Gemm", operator, *muls] if placement == "after" else ["Gemm", *muls, operator]
        assert [node.op_type for node in arm.model.graph.node] == [*layer, *layer, "Gemm"]


def test_at_p_one_half_the_arms_agree_to_the_bit_on_every_test_image(halves):
    with np.load(halves.directory.payload_npz) as payload:
        images = payload["inputs"]
    for rows in (images, images[:1], images[1:8]):
        outputs = [
            outputs_of(model_file(halves.directory.repository, arm), {"x": rows})[0]
            for arm in ("inverted", "regular", "folded", "again")
        ]
        assert all(np.array_equal(outputs[0], output) for output in outputs[1:])


def test_the_doses_have_the_weights_of_regular_and_its_factor_s_roots(unequal):
    weights = _weights(unequal, "regular")
    for arm, parts in DOSES.items():
        model = load_model(model_file(unequal.directory.repository, arm))
        factors = [scaling.factor.item() for scaling in scalings(model.graph)]
        roots = [np.float32(np.float64(np.float32(kept)) ** (1 / parts)) for kept in (0.8, 0.5)]
        assert factors == [root for root in roots for _ in range(parts)]
        split = _weights(unequal, arm)
        for name in (name for name in weights if name.startswith("linears")):
            assert np.array_equal(split[name], weights[name])


def test_null_copies_the_first_numbers_of_an_image_and_answers_as_inverted_does(halves):
    with np.load(halves.directory.payload_npz) as payload:
        images = payload["inputs"]
    inverted, null = (
        outputs_of(model_file(halves.directory.repository, arm), {"x": images})[0]
        for arm in ("inverted", "null")
    )
    assert np.array_equal(null, images[:, :10])
    assert (null.shape, null.dtype) == (inverted.shape, inverted.dtype)


@pytest.mark.parametrize("drop_probabilities", [(0.0, 0.5), (0.0, 0.0)])
def test_every_arm_can_be_made_of_layers_that_drop_nothing(drop_probabilities, network, tmp_path):
    maker = ArmMaker(_networks(network(drop_probabilities)))
    images = np.random.default_rng(0).random((64, 12), dtype=np.float32)
    for name in ARMS:
        arm = maker.make(name)
        save_model(arm.model, tmp_path / name)
        if arm.samples:
            require_sampled_parity(name, arm.network, arm.model, images, tmp_path)
        else:
            (logits,) = outputs_of(tmp_path / name, {"x": images})
            require_parity(name, network_logits(arm.network, images), logits)
        dropped = sum(p > 0 for p in drop_probabilities)
        assert len(scalings(arm.model.graph)) == dropped * DOSES.get(name, 0)


def test_no_two_arms_are_told_to_be_made_alike(network):
    maker = ArmMaker(_networks(network()))
    assert len({maker.made_from(name) for name in ARMS}) == len(ARMS)


def test_an_arm_says_what_was_divided_and_how_many_samples_it_averages(network):
    after, before = (
        ArmMaker(_networks(network(placement=placement), samples=7))
        for placement in ("after", "before")
    )
    assert "activations multiplied by 1-p" in after.made_from("regular")
    assert "weights and biases of a dropped layer divided by 1-p" in before.made_from("regular")
    assert "by 7 Gaussian samples" in after.made_from("dropconnect-sampled")
    assert f"(weights {'1' * 12})" in after.made_from("dropconnect")


def test_an_unknown_arm_is_answered_with_the_nearest(network):
    maker = ArmMaker(_networks(network()))
    with pytest.raises(ExperimentError, match="did you mean 'folded'"):
        maker.make("foldet")
