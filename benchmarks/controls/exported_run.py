"""A run directory with the lecture's arms, for benchmarks that measure them."""

from __future__ import annotations

import shutil
from pathlib import Path

from contract.experiment import Experiment
from contract.graph_card import ModelCard
from contract.new_run import describe_run
from contract.progress import SilentProgress
from contract.repository import card_file, load_card, model_file
from contract.run_directory import RunDirectory
from export.stage import export_arms
from train.stage import train_networks


def exported_run(root: Path, experiment: Experiment) -> RunDirectory:
    """Train and export what an experiment asks for, leaving out what is finished.

    Parameters
    ----------
    root : Path
        The run directory; made where it is missing.
    experiment : Experiment
        Which arms of which network.

    Raises
    ------
    PerbillionError
        As the stages do.
    """
    directory = described_run(root, experiment)
    train_networks(experiment, directory, SilentProgress())
    export_arms(experiment, directory, SilentProgress())
    return directory


def run_of_one_model(root: Path, experiment: Experiment, exported: RunDirectory) -> RunDirectory:
    """Make a run directory in which every arm is the reference: the same bytes.

    Parameters
    ----------
    root : Path
        Where; what is there goes.
    experiment : Experiment
        Its arms.
    exported : RunDirectory
        Where the reference is taken from.

    Raises
    ------
    ArtifactError
        If files are missing, damaged, or cannot be written.
    """
    shutil.rmtree(root, ignore_errors=True)
    directory = described_run(root, experiment)
    shutil.copyfile(exported.traffic_npz, directory.traffic_npz)
    reference = experiment.arms[0]
    card = load_card(exported.repository, reference, ModelCard)
    source = model_file(exported.repository, reference)
    for arm in experiment.arms:
        target = model_file(directory.repository, arm)
        target.parent.mkdir(parents=True)
        shutil.copyfile(source, target)
        own = card.model_copy(update={"arm": arm, "made_from": f"the same bytes as {reference!r}"})
        own.save(card_file(directory.repository, arm))
    return directory


def described_run(root: Path, experiment: Experiment) -> RunDirectory:
    """Make a run directory that says what is asked and where it runs, and holds nothing yet.

    Raises
    ------
    ArtifactError
        If it cannot be written to.
    """
    directory = RunDirectory(root.absolute())
    describe_run(experiment, directory)
    return directory
