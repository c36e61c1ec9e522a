import json

import numpy as np
import pytest
import torch

from contract.errors import ArtifactError, TrainingError
from contract.network_card import LearningCurve, TrainedCard
from contract.progress import SilentProgress
from train.archive import NetworkArchive
from train.plan import plans
from train.stage import train_networks

NAMES = ["none", "inverted", "regular", "regular-naive", "dropconnect"]


def _weights(directory, name):
    _, network = NetworkArchive(directory.trained).load(name)
    return torch.cat([tensor.flatten() for tensor in network.state_dict().values()])


def _files(directory):
    return sorted(
        str(path.relative_to(directory.root))
        for path in directory.root.rglob("*")
        if path.is_file()
    )


WHOLE = sorted(
    ["payload.npz"]
    + [f"trained/{name}{end}" for name in NAMES for end in (".card.json", ".curve.json", ".pt")]
)


def test_the_four_networks_their_curves_and_the_payload_are_written(digits, experiment, directory):
    cards = train_networks(experiment(), directory, SilentProgress())
    assert [card.name for card in cards] == NAMES
    assert _files(directory) == WHOLE
    for card in cards:
        assert TrainedCard.load(directory.trained / f"{card.name}.card.json") == card
        curve = LearningCurve.load(directory.trained / f"{card.name}.curve.json")
        assert card.accuracy.validation == curve.validation_accuracy[-1]
    assert [card.matching for card in cards] == ["", "", "matched", "naive", ""]
    dropped = [card.architecture.drop_probabilities for card in cards]
    assert dropped == [(0.0, 0.0), *[(0.5, 0.5)] * 4]
    assert cards[0].data == digits.facts
    assert cards[1].accuracy == cards[2].accuracy
    with np.load(directory.payload_npz) as payload:
        np.testing.assert_array_equal(payload["inputs"], digits.test.images)
        np.testing.assert_array_equal(payload["labels"], digits.test.labels)


def test_a_loaded_network_predicts_what_its_card_says(digits, experiment, directory):
    train_networks(experiment(), directory, SilentProgress())
    for name in NAMES:
        card, network = NetworkArchive(directory.trained).load(name)
        assert not network.training
        with torch.inference_mode():
            classes = network(torch.from_numpy(digits.test.images)).argmax(1).numpy()
        assert np.mean(classes == digits.test.labels) == card.accuracy.test


def test_what_is_trained_already_is_not_trained_again(experiment, directory, progress):
    cards = train_networks(experiment(), directory, SilentProgress())
    before = {path: path.stat().st_mtime_ns for path in directory.root.rglob("*")}
    assert train_networks(experiment(), directory, progress) == cards
    assert progress.tasks == []
    assert {path: path.stat().st_mtime_ns for path in directory.root.rglob("*")} == before


@pytest.mark.parametrize(
    "lose",
    [
        lambda trained: (trained / "regular.card.json").unlink(),
        lambda trained: (trained / "regular.curve.json").unlink(),
        lambda trained: (trained / "regular.pt").unlink(),
        lambda trained: (trained / "regular.pt").write_bytes(b"damaged"),
    ],
)
def test_a_network_that_lost_a_file_alone_is_trained_again_to_the_same_weights(
    experiment, directory, progress, lose
):
    train_networks(experiment(), directory, SilentProgress())
    weights = _weights(directory, "regular")
    lose(directory.trained)
    train_networks(experiment(), directory, progress)
    assert progress.tasks == ["Training the network 'regular'"]
    assert torch.equal(_weights(directory, "regular"), weights)
    assert _files(directory) == WHOLE


def _interrupted_after(epochs):
    """Progress that interrupts the network 'regular' when so many epochs are finished."""

    class Interrupting(SilentProgress):
        task, finished = "", 0

        def begin(self, task, total):
            self.task, self.finished = task, 0

        def advance(self, note=""):
            self.finished += 1
            if self.task == "Training the network 'regular'" and self.finished > epochs:
                raise KeyboardInterrupt

    return Interrupting()


@pytest.mark.parametrize("epochs", [0, 2])
def test_training_that_was_interrupted_resumes_to_the_same_weights_and_curve(
    experiment, directory, tmp_path, progress, epochs
):
    five = experiment(training={"epochs": 5})
    with pytest.raises(KeyboardInterrupt):
        train_networks(five, directory, _interrupted_after(epochs))
    left = [name for name in _files(directory) if "regular" in name]
    assert left == (["trained/regular.checkpoint.pt"] if epochs else [])
    train_networks(five, directory, progress)
    assert ("regular goes on behind epoch 2 of 5" in progress.lines) == bool(epochs)
    whole = type(directory).create(tmp_path, "whole")
    train_networks(five, whole, SilentProgress())
    assert _files(directory) == _files(whole)
    for name in NAMES:
        assert torch.equal(_weights(directory, name), _weights(whole, name))
        resumed, uncut = (NetworkArchive(run.trained).curve(name) for run in (directory, whole))
        assert resumed == uncut


def test_a_checkpoint_of_another_plan_or_a_damaged_one_begins_anew(experiment, directory, progress):
    with pytest.raises(KeyboardInterrupt):
        train_networks(experiment(training={"epochs": 5}), directory, _interrupted_after(2))
    train_networks(experiment(training={"epochs": 4}), directory, progress)
    (directory.trained / "none.card.json").unlink()
    (directory.trained / "none.checkpoint.pt").write_bytes(b"damaged")
    train_networks(experiment(training={"epochs": 4}), directory, progress)
    assert not [line for line in progress.lines if "goes on" in line]
    assert _files(directory) == WHOLE


def test_other_settings_train_again(experiment, directory, progress):
    train_networks(experiment(), directory, SilentProgress())
    changed = experiment(network={"drop_probability": [0.2, 0.5]})
    cards = train_networks(changed, directory, progress)
    assert progress.tasks == [
        "Training the network 'inverted'",
        "Training the network 'regular'",
        "Training the network 'regular-naive'",
        "Training the network 'dropconnect'",
    ]
    assert cards[1].architecture.drop_probabilities == (0.2, 0.5)


def test_a_loss_that_is_no_number_leaves_no_file_of_that_network(experiment, directory):
    with pytest.raises(TrainingError):
        train_networks(experiment(training={"learning_rate": 1e9}), directory, SilentProgress())
    assert _files(directory) == ["payload.npz"]


def test_damaged_or_missing_weights_are_an_artifact_error(experiment, directory):
    train_networks(experiment(training={"epochs": 1}), directory, SilentProgress())
    path = directory.trained / "inverted.pt"
    content = path.read_bytes()
    path.write_bytes(content[:-1] + bytes([content[-1] ^ 1]))
    with pytest.raises(ArtifactError, match="damaged: its card says SHA-256") as caught:
        NetworkArchive(directory.trained).load("inverted")
    assert caught.value.where == str(path)
    path.unlink()
    with pytest.raises(ArtifactError, match="cannot read the weights"):
        NetworkArchive(directory.trained).load("inverted")
    with pytest.raises(ArtifactError, match="cannot read the TrainedCard"):
        NetworkArchive(directory.trained).load("dropconnct")


def test_a_card_that_cannot_be_replaced_is_an_artifact_error(experiment, directory):
    (directory.trained / "none.card.json" / "a folder in its place").mkdir(parents=True)
    with pytest.raises(ArtifactError, match="cannot be replaced") as caught:
        train_networks(experiment(training={"epochs": 1}), directory, SilentProgress())
    assert caught.value.where.endswith("none.card.json")


def test_weights_that_do_not_fit_their_card_are_an_artifact_error(experiment, directory):
    train_networks(experiment(training={"epochs": 1}), directory, SilentProgress())
    path = directory.trained / "inverted.card.json"
    card = json.loads(path.read_text())
    card["architecture"]["layer_widths"] = [784, 70, 45, 10]
    path.write_text(json.dumps(card))
    with pytest.raises(ArtifactError, match="not the weights that its card describes"):
        NetworkArchive(directory.trained).load("inverted")


def test_loading_leaves_the_caller_s_generator_alone(experiment, directory):
    train_networks(experiment(training={"epochs": 1}), directory, SilentProgress())
    state = torch.get_rng_state()
    NetworkArchive(directory.trained).load("none")
    assert torch.equal(torch.get_rng_state(), state)


def test_every_network_has_the_same_seed_and_rate(experiment):
    made = plans(experiment(seeds={"training": 9}))
    assert {(plan.seed, plan.learning_rate, plan.batch_size) for plan in made} == {(9, 0.1, 32)}
