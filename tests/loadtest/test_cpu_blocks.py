"""Blocks of one arm, by the real generator against the real server."""

from collections import Counter

import pytest

from contract.block_log import BlockLog
from contract.experiment import Experiment
from loadtest.campaign.start_plan import CampaignSeeds, plan_starts
from loadtest.instruments.instrument import Setting
from loadtest.instruments.served_instrument import ServedInstrument
from loadtest.machine.cores import available_cores, choose_cores

ARMS = ("inverted", "regular", "folded", "again")


@pytest.fixture
def outcome(bench):
    served = {"seconds_per_start": 0.2, "warmup_rounds": 5, "copies": 2}
    served |= {"blocks_per_arm": 3, "requests_per_block": 10}
    experiment = Experiment.resolve(overrides={"arms": ARMS, "served": served})
    cores = choose_cores(available_cores())
    instrument = ServedInstrument(Setting(experiment, bench.directory, bench.subjects, cores))
    (plan, _) = plan_starts(ARMS, 1, CampaignSeeds(1, 2, 3), copies=2)
    return instrument.run(plan)


def test_every_arm_has_its_blocks_in_random_order_and_each_costs_cpu_time(outcome):
    log = BlockLog.load(outcome.blocks)
    assert Counter(block.arm for block in log.blocks) == dict.fromkeys(ARMS, 3)
    rounds = [[block.arm for block in log.blocks[start : start + 4]] for start in (0, 4, 8)]
    assert all(sorted(arms) == sorted(ARMS) for arms in rounds)
    assert len({tuple(arms) for arms in rounds}) > 1
    assert all((block.requests, block.failures) == (10, 0) for block in log.blocks)
    # Ten requests take ten times some 100 us; a clock that moves in ticks of 4 ms would show
    # nothing in most blocks.
    assert all(block.cpu_ns > 100_000 for block in log.blocks)
    assert len({block.cpu_ns for block in log.blocks}) == 12
