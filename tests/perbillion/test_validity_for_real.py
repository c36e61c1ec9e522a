"""Campaigns that something is wrong with, for real: the verdict says INVALID, and why."""

import os
import shutil
import subprocess
import sys
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from benchmarks.controls.known_arms import make_spin
from benchmarks.controls.spin_instrument import SERVER_MODULE
from benchmarks.controls.spin_record import RECORD_VARIABLE
from contract.document import sha256_of
from contract.errors import InvalidRunError
from contract.experiment import Experiment
from contract.graph_card import ModelCard
from contract.progress import SilentProgress
from contract.repository import card_file, load_card, model_file
from contract.run_directory import RunDirectory
from loadtest.stage import run_campaign
from report.analysis import analyse
from stats.verdict import VerdictKind

SUPPORT = Path(__file__).parents[1] / "support"
# Twice what a request costs: no noise hides it.
SPIN_NS = 300_000


@pytest.fixture
def run(finished_run, tmp_path):
    """A run that is exported and not measured: a campaign as small as a campaign can be."""
    shutil.copytree(finished_run.root, tmp_path / "run")
    directory = RunDirectory.open(tmp_path / "run")
    shutil.rmtree(directory.samples)
    small_experiment(pairs=1).save(directory.experiment_toml)
    return directory


def small_experiment(pairs, seconds=0.4):
    return Experiment.resolve(
        overrides={
            "arms": ["inverted", "regular", "again"],
            "in_process": {"pairs": 1, "rounds_per_start": 50, "warmup_rounds": 0},
            "served": {
                "pairs": pairs,
                "seconds_per_start": seconds,
                "warmup_rounds": 10,
                "blocks_per_arm": 0,
            },
        }
    )


def measure(directory, server_module="serve"):
    experiment = Experiment.load(directory.experiment_toml)
    run_campaign(experiment, directory, SilentProgress(), server_module)


def failed_gate(directory, name):
    """Return a gate of the report that has failed, of a verdict that is INVALID for it."""
    result = analyse(directory).result
    gate = next(gate for gate in result.gates if gate.name == name)
    assert not gate.passed
    assert gate.remedy
    assert result.verdict.kind is VerdictKind.INVALID
    assert gate.finding in result.verdict.reasons
    return gate


@contextmanager
def burners():
    """Programs that are none of the run's, busy on every core."""
    with ExitStack() as running:
        for _ in os.sched_getaffinity(0):
            burner = subprocess.Popen([sys.executable, "-c", "while True: pass"])
            running.enter_context(burner)
            running.callback(burner.kill)
        yield


@pytest.mark.slow
def test_a_server_that_slows_the_control_alone_fails_the_gate_of_the_control(run, monkeypatch):
    small_experiment(pairs=6).save(run.experiment_toml)
    again = model_file(run.repository, "again")
    make_spin(again, SPIN_NS)
    card = load_card(run.repository, "inverted", ModelCard)
    slowed = card.model_copy(update={"arm": "again", "model_sha256": sha256_of(again)})
    slowed.save(card_file(run.repository, "again"))
    monkeypatch.setenv(RECORD_VARIABLE, str(run.root / "spins.json"))
    measure(run, SERVER_MODULE)
    assert failed_gate(run, "control").figure > 0.1


def test_a_thread_clock_that_stands_still_is_told_and_fails_the_gate_of_the_clock(run, monkeypatch):
    monkeypatch.setenv("PYTHONPATH", str(SUPPORT))
    with pytest.raises(InvalidRunError, match="does its thread's CPU clock run"):
        measure(run, "frozen_clock_server")
    assert failed_gate(run, "clock").figure == 1


def test_programs_beside_the_run_fail_the_gate_of_foreign_cpu(run):
    # They slow Locust too, and without a whole round there is nothing to report on.
    small_experiment(pairs=1, seconds=1.5).save(run.experiment_toml)
    with burners():
        measure(run)
    assert failed_gate(run, "foreign_cpu").figure > 0.1
