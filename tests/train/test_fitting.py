import threading
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch.nn import functional

from contract.architecture import Architecture
from contract.errors import ExperimentError, TrainingError
from contract.progress import SilentProgress
from train.dataset import DataSet, Split
from train.fitting import Schedule, evaluate, fit, seeded
from train.matching import uniform_groups
from train.network import Mlp
from train.plan import plans
from train.training import trained

SMALL = Architecture((784, 5, 10), (0.0,))


def _weights(network):
    return torch.cat([tensor.flatten() for tensor in network.state_dict().values()])


def _plan(experiment, name="inverted"):
    return next(plan for plan in plans(experiment) if plan.name == name)


def test_the_same_seed_gives_the_same_weights_and_another_seed_others(digits, experiment):
    first, again, other = (
        trained(_plan(experiment(seeds={"training": seed})), digits, SilentProgress())
        for seed in (1, 1, 2)
    )
    assert torch.equal(_weights(first[0]), _weights(again[0]))
    assert first[1] == again[1]
    assert not torch.equal(_weights(first[0]), _weights(other[0]))


def test_seeding_gives_the_caller_s_generator_and_threads_back():
    state, threads = torch.get_rng_state(), torch.get_num_threads()
    with seeded(7):
        torch.rand(3)
    assert torch.equal(torch.get_rng_state(), state)
    assert torch.get_num_threads() == threads


def test_one_step_is_plain_sgd_on_the_mean_cross_entropy(digits):
    batch = Split(digits.train.images[:32], digits.train.labels[:32])
    data = DataSet("digits", batch, batch, batch, "")
    with seeded(1):
        network = Mlp(SMALL)
        reference = Mlp(SMALL)
        reference.load_state_dict(network.state_dict())
        fit(network, uniform_groups(network, 0.1), data, Schedule("x", 1, 32), SilentProgress())
    loss = functional.cross_entropy(
        reference(torch.from_numpy(batch.images)), torch.from_numpy(batch.labels)
    )
    loss.backward()
    with torch.no_grad():
        for parameter in reference.parameters():
            parameter.sub_(0.1 * parameter.grad)
    torch.testing.assert_close(_weights(network), _weights(reference), rtol=1e-5, atol=1e-6)


def test_the_last_partial_batch_is_dropped(digits):
    """With 33 examples and batches of 32 one step is made; with batches of 33 one as well."""
    some = Split(digits.train.images[:33], digits.train.labels[:33])
    steps = []

    class Counting(Mlp):
        def forward(self, images):
            if self.training:
                steps.append(len(images))
            return super().forward(images)

    network = Counting(SMALL)
    data = DataSet("digits", some, some, some, "")
    fit(network, uniform_groups(network, 0.1), data, Schedule("x", 2, 32), SilentProgress())
    assert steps == [32, 32]


def test_the_curve_is_of_evaluation_mode_and_has_one_point_an_epoch(digits, experiment, progress):
    network, curve = trained(_plan(experiment(training={"epochs": 3})), digits, progress)
    assert not network.training
    assert not network.dropouts[0].training
    assert len(curve.train_loss) == len(curve.validation_accuracy) == 3
    last = evaluate(network, digits.validation)
    # On a busy machine the same sum may be split among fewer threads and be rounded otherwise.
    assert curve.validation_loss[-1] == pytest.approx(last.loss, rel=1e-6)
    assert curve.validation_accuracy[-1] == last.accuracy
    assert progress.tasks == ["Training the network 'inverted'"]


def test_evaluation_is_the_mean_loss_and_the_share_of_right_predictions(digits):
    network = Mlp(replace(SMALL, drop_probabilities=(0.5,), dropout="inverted")).train()
    found = evaluate(network, digits.train)
    logits = network(torch.from_numpy(digits.train.images))
    labels = torch.from_numpy(digits.train.labels)
    assert not network.training
    assert found.loss == pytest.approx(functional.cross_entropy(logits, labels).item(), rel=1e-5)
    assert found.accuracy == np.mean((logits.argmax(1) == labels).numpy())


def test_dropout_acts_while_learning(digits, experiment):
    without, _ = trained(_plan(experiment(), "none"), digits, SilentProgress())
    with_dropout, _ = trained(_plan(experiment(), "inverted"), digits, SilentProgress())
    assert not torch.equal(_weights(without), _weights(with_dropout))


def test_a_loss_that_is_no_number_stops_with_the_epoch_and_advice(digits, experiment):
    plan = _plan(experiment(training={"learning_rate": 1e9, "epochs": 5}))
    with pytest.raises(TrainingError, match="the loss is nan after epoch 1") as caught:
        trained(plan, digits, SilentProgress())
    assert caught.value.where == "training inverted"
    assert "lower training.learning_rate" in caught.value.remedy


def test_a_batch_larger_than_the_data_is_refused(digits, experiment):
    with pytest.raises(ExperimentError, match="2000 is more than the 1078 training examples"):
        trained(_plan(experiment(training={"batch_size": 2000})), digits, SilentProgress())


def test_the_digits_are_learned(digits, experiment):
    """60 epochs gave 98.0 % without dropout and 95.8 % with it; 30 must come near."""
    network, _ = trained(
        _plan(experiment(training={"epochs": 30}), "none"), digits, SilentProgress()
    )
    assert evaluate(network, digits.test).accuracy > 0.94


def _step_by_step(plan, data):
    """The same training written plainly: torch's own layers, generator and order of draws."""
    with seeded(plan.seed):
        network = Mlp(plan.architecture)
        optimiser = torch.optim.SGD(network.parameters(), lr=plan.learning_rate)
        images, labels = (torch.from_numpy(part) for part in (data.train.images, data.train.labels))
        for _ in range(plan.epochs):
            torch.empty((), dtype=torch.int64).random_()
            order = torch.randperm(len(labels))
            network.train()
            for start in range(0, len(labels) - plan.batch_size + 1, plan.batch_size):
                rows = order[start : start + plan.batch_size]
                loss = functional.cross_entropy(network(images[rows]), labels[rows])
                optimiser.zero_grad()
                loss.backward()
                optimiser.step()
            for examples in (len(labels), len(data.validation)):
                torch.empty((), dtype=torch.int64).random_()
                torch.randperm(examples)
    return network


@pytest.mark.parametrize(
    "changes",
    [
        {"dropout": "inverted"},
        {"dropout": "regular"},
        {"dropout": "inverted", "placement": "before", "activation": "tanh"},
        {"dropout": "inverted", "output_drop_probability": 0.3},
        {"dropout": "dropconnect"},
    ],
)
def test_draws_made_ahead_are_those_that_torch_s_layers_make_when_they_need_them(
    digits, experiment, changes
):
    plan = _plan(experiment(network={"drop_probability": [0.2, 0.5]}))
    plan = replace(plan, architecture=replace(plan.architecture, **changes))
    network, _ = trained(plan, digits, SilentProgress())
    assert torch.equal(_weights(network), _weights(_step_by_step(plan, digits)))


@pytest.mark.parametrize("dropout", ["inverted", "dropconnect"])
def test_a_training_without_threads_beside_it_comes_to_the_same(digits, experiment, dropout):
    plan = _plan(experiment(training={"epochs": 3}), dropout)
    together, curve = trained(plan, digits, SilentProgress(), beside=True)
    alone, same_curve = trained(plan, digits, SilentProgress(), beside=False)
    assert torch.equal(_weights(together), _weights(alone))
    assert curve == same_curve


def test_losses_of_every_fiftieth_batch_are_kept_as_they_were_before_the_step(digits, experiment):
    plan = _plan(experiment(training={"epochs": 2, "batch_size": 10}))
    _, curve = trained(plan, digits, SilentProgress())
    assert [len(losses) for losses in curve.batch_losses] == [3, 3]
    with seeded(plan.seed):
        network = Mlp(plan.architecture).train()
        optimiser = torch.optim.SGD(network.parameters(), lr=plan.learning_rate)
        torch.empty((), dtype=torch.int64).random_()
        losses = []
        for rows in torch.randperm(len(digits.train)).split(10)[:101]:
            logits = network(torch.from_numpy(digits.train.images)[rows])
            loss = functional.cross_entropy(logits, torch.from_numpy(digits.train.labels)[rows])
            optimiser.zero_grad()
            loss.backward()
            optimiser.step()
            losses.append(loss.item())
    assert curve.batch_losses[0] == (losses[0], losses[50], losses[100])


def test_a_network_that_nobody_watches_learns_the_same_and_is_evaluated_once(digits, experiment):
    plan = _plan(experiment(training={"epochs": 3}))
    watched, whole = trained(plan, digits, SilentProgress())
    unwatched, last = trained(replace(plan, watched=False), digits, SilentProgress())
    assert torch.equal(_weights(watched), _weights(unwatched))
    assert last.train_loss == whole.train_loss[-1:]
    assert last.batch_losses == whole.batch_losses


def test_a_failure_of_what_draws_ahead_reaches_whoever_trains(digits):
    class Failing(Mlp):
        def mask_draws(self):
            def draw(rows, generator):
                raise RuntimeError("no more masks")

            return [(self.dropouts[0], draw)]

    data = DataSet("digits", digits.train, digits.train, digits.train, "")
    network = Failing(SMALL)
    with pytest.raises(RuntimeError, match="no more masks"):
        fit(network, uniform_groups(network, 0.1), data, Schedule("x", 1, 32), SilentProgress())


def test_no_thread_is_left_behind_by_a_training_that_fails(digits, experiment):
    before = threading.active_count()
    with pytest.raises(TrainingError):
        trained(_plan(experiment(training={"learning_rate": 1e9})), digits, SilentProgress())
    assert threading.active_count() == before
