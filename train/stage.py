"""The first stage: an experiment in, trained networks and the payload out."""

from __future__ import annotations

from contract.experiment import Experiment
from contract.network_card import TrainedCard
from contract.payload import Payload
from contract.progress import Progress
from contract.run_directory import RunDirectory
from train.archive import NetworkArchive
from train.loading import load_data
from train.plan import NetworkPlan, plans
from train.training import train_network


def train_networks(
    experiment: Experiment,
    directory: RunDirectory,
    progress: Progress,
) -> list[TrainedCard]:
    """Train the experiment's networks and write the payload, leaving out what is there.

    Writes, for each network of `train.plan.plans`, ``trained/<name>.pt``,
    ``<name>.curve.json`` and ``<name>.card.json``, and once ``payload.npz``. A network that was
    under way when an earlier training was cut goes on behind its last finished epoch.

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
    return train_plans(plans(experiment), experiment, directory, progress)


def train_plans(
    ahead: tuple[NetworkPlan, ...],
    experiment: Experiment,
    directory: RunDirectory,
    progress: Progress,
) -> list[TrainedCard]:
    """Train networks and write the payload, leaving out what is there; see `train_networks`."""
    archive = NetworkArchive(directory.trained)
    finished = {plan.name: archive.finished_card(plan) for plan in ahead}
    if None not in finished.values() and directory.payload_npz.is_file():
        progress.say("every network of this experiment is trained already")
        return [card for card in finished.values() if card is not None]
    data = load_data(experiment.data, progress)
    Payload(inputs=data.test.images, labels=data.test.labels).save(directory.payload_npz)
    cards = []
    for plan in ahead:
        card = finished[plan.name]
        if card is None:
            card = train_network(plan, data, archive, progress)
        else:
            progress.say(f"{plan.name} is trained already")
        cards.append(card)
    return cards
