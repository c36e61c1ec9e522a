"""One network, from its plan to its files."""

from __future__ import annotations

import hashlib

from contract.network_card import Accuracy, LearningCurve, TrainedCard
from contract.progress import Progress
from train.archive import NetworkArchive, packed_weights
from train.checkpoint import Checkpoint
from train.dataset import DataSet
from train.fitting import Keep, Schedule, evaluate, fit, seeded
from train.matching import derive_regular, matched_groups, uniform_groups
from train.network import Mlp
from train.plan import NetworkPlan


def train_network(
    plan: NetworkPlan,
    data: DataSet,
    archive: NetworkArchive,
    progress: Progress,
    *,
    beside: bool = True,
) -> TrainedCard:
    """Train a network and write its files; go on where an earlier training was cut.

    Parameters
    ----------
    plan : NetworkPlan
        What and how.
    data : DataSet
        What from.
    archive : NetworkArchive
        Where to; a checkpoint is written there after every epoch.
    progress : Progress
        Gets one step an epoch.
    beside : bool
        As `train.fitting.fit` takes it.

    Raises
    ------
    ExperimentError, TrainingError
        As `train.fitting.fit` does.
    ArtifactError
        If the folder cannot be written to.
    """
    start = archive.checkpoint(plan)
    if start is not None:
        progress.say(f"{plan.name} goes on behind epoch {start.epoch} of {plan.epochs}")
    network, curve = trained(
        plan,
        data,
        progress,
        start=start,
        keep=lambda checkpoint: archive.keep_checkpoint(plan, checkpoint),
        beside=beside,
    )
    weights = packed_weights(network)
    card = _card(plan, network, weights, data)
    archive.save(card, weights, curve)
    return card


def trained(  # noqa: PLR0913 - as `fit`
    plan: NetworkPlan,
    data: DataSet,
    progress: Progress,
    *,
    start: Checkpoint | None = None,
    keep: Keep | None = None,
    beside: bool = True,
) -> tuple[Mlp, LearningCurve]:
    """Make a network and train it.

    Parameters
    ----------
    plan : NetworkPlan
        What and how.
    data : DataSet
        What from.
    progress : Progress
        Gets one step an epoch.
    start, keep, beside
        As `train.fitting.fit` takes them.

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
    schedule = Schedule(plan.name, plan.epochs, plan.batch_size, plan.watched)
    with seeded(plan.seed):
        network = Mlp(plan.architecture)
        if plan.matching == "matched":
            network.load_state_dict(derive_regular(network.state_dict(), plan.architecture))
            groups = matched_groups(network, plan.learning_rate)
        else:
            groups = uniform_groups(network, plan.learning_rate)
        curve = fit(
            network, groups, data, schedule, progress, start=start, keep=keep, beside=beside
        )
    return network, curve


def _card(plan: NetworkPlan, network: Mlp, weights: bytes, data: DataSet) -> TrainedCard:
    train, validation, test = (
        evaluate(network, split) for split in (data.train, data.validation, data.test)
    )
    return TrainedCard(
        name=plan.name,
        architecture=plan.architecture,
        matching=plan.matching,
        epochs=plan.epochs,
        batch_size=plan.batch_size,
        learning_rate=plan.learning_rate,
        seed=plan.seed,
        data=data.facts,
        accuracy=Accuracy(train=train.accuracy, validation=validation.accuracy, test=test.accuracy),
        test_loss=test.loss,
        weights_file=f"{plan.name}.pt",
        weights_sha256=hashlib.sha256(weights).hexdigest(),
        torch_version=plan.torch_version,
    )
