"""The first stage: an experiment in, trained networks and the payload out."""

from __future__ import annotations

import hashlib

from contract.experiment import Experiment
from contract.network_card import Accuracy, LearningCurve, TrainedCard
from contract.payload import Payload
from contract.progress import Progress
from contract.run_directory import RunDirectory
from train.archive import finished_card, packed_weights, save_trained
from train.dataset import DataSet
from train.fitting import Schedule, evaluate, fit, seeded
from train.loading import load_data
from train.matching import derive_regular, matched_groups, uniform_groups
from train.network import Mlp
from train.plan import NetworkPlan, plans


def train_networks(
    experiment: Experiment,
    directory: RunDirectory,
    progress: Progress,
) -> list[TrainedCard]:
    """Train the experiment's networks and write the payload, leaving out what is there.

    Writes, for each network of `train.plan.plans`, ``trained/<name>.pt``,
    ``<name>.curve.json`` and ``<name>.card.json``, and once ``payload.npz``.

    Parameters
    ----------
    experiment : Experiment
        What to train.
    directory : RunDirectory
        Where to.
    progress : Progress
        Is told which network is being trained.

    Raises
    ------
    DataError
        If the data is missing, damaged, or cannot be downloaded.
    ExperimentError
        If a number cannot be used with this data.
    TrainingError
        If a loss is no number any more.
    ArtifactError
        If the directory cannot be written to.
    """
    ahead = plans(experiment)
    finished = {plan.name: finished_card(directory, plan) for plan in ahead}
    if None not in finished.values() and directory.payload_npz.is_file():
        progress.say("every network of this experiment is trained already")
        return [card for card in finished.values() if card is not None]
    data = load_data(experiment.data, progress)
    Payload(inputs=data.test.images, labels=data.test.labels).save(directory.payload_npz)
    cards = []
    for plan in ahead:
        card = finished[plan.name]
        if card is None:
            network, curve = trained(plan, data, progress)
            weights = packed_weights(network)
            card = _card(plan, network, weights, data)
            save_trained(directory, card, weights, curve)
        else:
            progress.say(f"{plan.name} is trained already")
        cards.append(card)
    return cards


def trained(plan: NetworkPlan, data: DataSet, progress: Progress) -> tuple[Mlp, LearningCurve]:
    """Make a network and train it.

    Parameters
    ----------
    plan : NetworkPlan
        What and how.
    data : DataSet
        What from.
    progress : Progress
        Gets one step an epoch.

    Returns
    -------
    Mlp
        In evaluation mode.
    LearningCurve
        Its way there.

    Raises
    ------
    ExperimentError, TrainingError
        As `train.fitting.fit` does.
    """
    schedule = Schedule(name=plan.name, epochs=plan.epochs, batch_size=plan.batch_size)
    with seeded(plan.seed):
        network = Mlp(plan.layer_widths, plan.drop_probabilities, plan.dropout, plan.activation)
        if plan.matching == "matched":
            state = derive_regular(network.state_dict(), plan.drop_probabilities)
            network.load_state_dict(state)
            groups = matched_groups(network, plan.learning_rate)
        else:
            groups = uniform_groups(network, plan.learning_rate)
        curve = fit(network, groups, data, schedule, progress)
    return network, curve


def _card(plan: NetworkPlan, network: Mlp, weights: bytes, data: DataSet) -> TrainedCard:
    return TrainedCard(
        name=plan.name,
        dropout=plan.dropout,
        matching=plan.matching,
        layer_widths=plan.layer_widths,
        drop_probabilities=plan.drop_probabilities,
        activation=plan.activation,
        epochs=plan.epochs,
        batch_size=plan.batch_size,
        learning_rate=plan.learning_rate,
        seed=plan.seed,
        data=data.facts,
        accuracy=Accuracy(
            train=evaluate(network, data.train).accuracy,
            validation=evaluate(network, data.validation).accuracy,
            test=evaluate(network, data.test).accuracy,
        ),
        weights_file=f"{plan.name}.pt",
        weights_sha256=hashlib.sha256(weights).hexdigest(),
        torch_version=plan.torch_version,
    )
