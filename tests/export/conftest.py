import shutil
from dataclasses import dataclass

import pytest
import torch

from contract.architecture import Architecture
from contract.experiment import Experiment
from contract.graph_card import ModelCard
from contract.progress import SilentProgress
from contract.run_directory import RunDirectory
from export.stage import export_arms
from train.network import Mlp
from train.stage import train_networks


class RecordedProgress(SilentProgress):
    """Remembers what was said."""

    def __init__(self):
        self.lines = []

    def say(self, line):
        self.lines.append(line)


@dataclass
class ExportedRun:
    experiment: Experiment
    directory: RunDirectory
    cards: list[ModelCard]

    def __post_init__(self):
        self.progress = RecordedProgress()

    def export(self):
        return export_arms(self.experiment, self.directory, self.progress)

    def copied_to(self, folder):
        shutil.copytree(self.directory.root, folder / "run")
        return ExportedRun(self.experiment, RunDirectory(folder / "run"), self.cards)


def _exported(folder, drop_probability, **network):
    experiment = Experiment.resolve(
        overrides={
            "training": {"epochs": 1},
            "network": {"drop_probability": drop_probability, **network},
        }
    )
    directory = RunDirectory.create(folder, "test")
    experiment.save(directory.experiment_toml)
    train_networks(experiment, directory, SilentProgress())
    return ExportedRun(experiment, directory, export_arms(experiment, directory, SilentProgress()))


@pytest.fixture(scope="session")
def halves(tmp_path_factory):
    """A run of p = 0.5 everywhere, trained for an epoch and exported: not to be changed."""
    return _exported(tmp_path_factory.mktemp("halves"), 0.5)


@pytest.fixture(scope="session")
def unequal(tmp_path_factory):
    """A run of p = 0.2 and p = 0.5, trained for an epoch and exported: not to be changed."""
    return _exported(tmp_path_factory.mktemp("unequal"), [0.2, 0.5])


@pytest.fixture
def run(halves, tmp_path):
    """A copy of `halves` that a test may change."""
    return halves.copied_to(tmp_path)


@pytest.fixture
def network():
    """Make a small network with first weights, in evaluation mode."""

    def make(drop_probabilities=(0.2, 0.5), dropout="inverted", activation="relu", **more):
        torch.manual_seed(0)
        return Mlp(
            Architecture((12, 7, 6, 5), drop_probabilities, dropout, activation, **more)
        ).eval()

    return make
