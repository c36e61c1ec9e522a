import pytest

from contract.experiment import Experiment
from contract.progress import SilentProgress
from contract.run_directory import RunDirectory
from train.digits import load_digits


class RecordedProgress(SilentProgress):
    """Remembers which tasks began and what was said."""

    def __init__(self):
        self.tasks = []
        self.lines = []

    def begin(self, task, total):
        self.tasks.append(task)

    def say(self, line):
        self.lines.append(line)


@pytest.fixture
def progress():
    return RecordedProgress()


@pytest.fixture(scope="session")
def digits():
    return load_digits()


@pytest.fixture
def directory(tmp_path):
    return RunDirectory.create(tmp_path, "test")


@pytest.fixture
def experiment():
    """Make a short experiment on the digits; keywords go into [training] and [network]."""

    def make(*, training=None, network=None, seeds=None):
        overrides = {
            "training": {"epochs": 2, **(training or {})},
            "network": network or {},
            "seeds": seeds or {},
        }
        return Experiment.resolve(overrides=overrides)

    return make
