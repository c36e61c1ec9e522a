import subprocess
from dataclasses import dataclass
from pathlib import Path

import pytest

from command_line import perbillion, tiny_settings


@dataclass
class FinishedRun:
    root: Path
    completed: subprocess.CompletedProcess


@pytest.fixture(scope="session")
def finished_run(tmp_path_factory):
    """A whole tiny run through the command line: real training, server, Locust, report."""
    folder = tmp_path_factory.mktemp("whole")
    settings = tiny_settings(
        dropconnect__pairs=1, dropconnect__seconds_per_start=0.3, dropconnect__warmup_rounds=10
    )
    completed = perbillion("run", *settings, folder=folder)
    (root,) = (folder / "runs").iterdir()
    return FinishedRun(root, completed)
