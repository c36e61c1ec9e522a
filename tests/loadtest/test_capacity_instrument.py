"""The capacity instrument as a campaign uses it: real server, real generator."""

import dataclasses
import os
import pickle
import signal
import subprocess
import sys
import textwrap
from collections import Counter

import psutil
import pytest

from contract.capacity_log import CapacityLog
from contract.errors import LoadTestError, ServingError
from contract.experiment import Experiment
from loadtest.campaign.start_plan import CampaignSeeds, plan_starts
from loadtest.instruments.capacity_instrument import CapacityInstrument
from loadtest.instruments.instrument import Setting
from loadtest.machine.cores import Cores, available_cores, choose_cores
from unknown_operator import make_unknown

ARMS = ("inverted", "regular", "folded", "again")
(PLAN, _) = plan_starts(ARMS, 1, CampaignSeeds(1, 2, 3))
# Every number of these differs, so that none is taken for another.
AMOUNT = {
    "pairs": 1,
    "connections": 5,
    "blocks_per_arm": 2,
    "seconds_per_block": 0.1,
    "objective_ms": 500.0,
    "probes": 3,
    "seconds_per_probe": 0.25,
}
needs_two_cores = pytest.mark.skipif(len(available_cores()) < 2, reason="one core only")


def instrument(bench, **amount):
    experiment = Experiment.resolve(overrides={"arms": ARMS, "capacity": {**AMOUNT, **amount}})
    return CapacityInstrument(
        Setting(experiment, bench.directory, bench.subjects, choose_cores(available_cores()))
    )


@needs_two_cores
def test_a_start_saturates_every_arm_and_probes_reference_and_contrast_alike(bench):
    outcome = instrument(bench).run(PLAN)
    log = CapacityLog.load(outcome.samples)
    assert outcome.failures == log.failures == 0
    rounds = [[block.arm for block in log.blocks[start : start + 4]] for start in (0, 4)]
    assert [sorted(arms) for arms in rounds] == [sorted(ARMS)] * 2
    assert all(block.requests > 0 and block.seconds >= 0.1 for block in log.blocks)
    assert all(0 < block.busy_share <= 1 for block in log.blocks)
    assert Counter(probe.arm for probe in log.probes) == {"inverted": 3, "regular": 3}
    # What was held was probed.
    assert log.largest_held_hz == {
        arm: max(probe.rate_hz for probe in log.probes if probe.arm == arm and probe.held)
        for arm in {probe.arm for probe in log.probes if probe.held}
    }


@pytest.mark.slow
@needs_two_cores
def test_an_objective_that_nothing_can_hold_leaves_no_rate(bench):
    log = CapacityLog.load(instrument(bench, objective_ms=0.001).run(PLAN).samples)
    assert len(log.probes) == 6
    assert log.largest_held_hz == {}


@pytest.mark.slow
@needs_two_cores
def test_a_start_leaves_its_log_and_nothing_else(bench):
    before = {path.name for path in bench.directory.root.iterdir()}
    outcome = instrument(bench, probes=0).run(PLAN)
    after = {path.name for path in bench.directory.root.iterdir()}
    assert after - before == {"samples", "logs"}
    assert list(bench.directory.samples.iterdir()) == [outcome.samples]


@needs_two_cores
def test_a_server_that_dies_during_its_start_is_told(bench):
    make_unknown(bench.subjects.models["folded"])
    with pytest.raises(ServingError, match="cannot load this model"):
        instrument(bench).run(PLAN)


def test_on_one_core_no_capacity_is_measured(bench):
    two_cores = instrument(bench)._setting
    one_core = CapacityInstrument(dataclasses.replace(two_cores, cores=Cores(None, None)))
    assert one_core.pairs == 0
    with pytest.raises(LoadTestError, match="two cores"):
        one_core.run(PLAN)


@needs_two_cores
def test_a_parent_that_is_ended_takes_server_and_generator_along(bench, tmp_path):
    code = textwrap.dedent("""
        import pickle, sys
        from pathlib import Path
        instrument, plan = pickle.loads(Path(sys.argv[1]).read_bytes())
        instrument.run(plan)
    """)
    pickled = tmp_path / "start.pickle"
    pickled.write_bytes(pickle.dumps((instrument(bench, seconds_per_block=60), PLAN)))
    parent = subprocess.Popen([sys.executable, "-c", code, str(pickled)])
    try:
        children = children_once_both_are_there(parent.pid)
        os.kill(parent.pid, signal.SIGTERM)
        parent.wait(30)
    finally:
        parent.kill()
        parent.wait()
    assert psutil.wait_procs(children, timeout=60)[1] == []


def children_once_both_are_there(pid):
    while True:
        children = psutil.Process(pid).children()
        if len(children) == 2 and children[1].net_connections():
            return children
