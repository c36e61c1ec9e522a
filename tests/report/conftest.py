"""Synthetic runs whose truth is known (``synthetic_run``), and golden files.

The files in ``golden/`` are compared with what the report makes of the sound run. After a wanted
change write them anew with ``UPDATE_GOLDEN=1 pytest tests/report`` and read the difference.
"""

import os
from pathlib import Path

import pytest

from report.analysis import analyse
from report.stage import write_report
from synthetic_machine import Truth
from synthetic_run import write_run

GOLDEN = Path(__file__).parent / "golden"
NAME = "20261123T120000Z-lecture"


@pytest.fixture(scope="session")
def truth():
    return Truth()


@pytest.fixture
def make_run(tmp_path):
    """Write a run directory whose truth is known; a later one lies beside it."""
    made = []

    def make(truth):
        made.append(truth)
        return write_run(tmp_path / f"run{len(made)}" / NAME, truth)

    return make


@pytest.fixture(scope="session")
def sound_run(tmp_path_factory):
    """A finished run with the default truth, its report not yet written. Do not change it."""
    return write_run(tmp_path_factory.mktemp("sound") / NAME, Truth())


@pytest.fixture(scope="session")
def analysis(sound_run):
    """What the report makes of the sound run."""
    return analyse(sound_run)


@pytest.fixture(scope="session")
def reported_run(tmp_path_factory):
    """The same run with its report. Do not change it."""
    directory = write_run(tmp_path_factory.mktemp("reported") / NAME, Truth())
    return directory, write_report(directory)


@pytest.fixture
def golden():
    """Compare a text with a golden file, or write that file where UPDATE_GOLDEN is set."""

    def compare(name, text):
        path = GOLDEN / name
        if os.environ.get("UPDATE_GOLDEN"):
            GOLDEN.mkdir(exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return path.read_text(encoding="utf-8")

    return compare
