"""A campaign start after start, with an instrument that measures nothing."""

import itertools

import pytest

from contract.experiment import Experiment
from contract.progress import SilentProgress
from contract.run_directory import RunDirectory
from contract.run_record import CampaignEnd, CampaignRecord, RunRecord
from loadtest.campaign.campaign_run import CampaignRun
from loadtest.instruments.instrument import StartOutcome, samples_file
from loadtest.machine.cores import Cores
from loadtest.machine.host_activity import HostActivity

PLAN = CampaignRecord(looks=(3,))


class Recorder:
    """Runs starts that leave a file with their place in the whole."""

    name = "served"
    title = "Recording"
    arms = ("inverted", "regular", "again")
    pairs = 3
    copies = 1

    def __init__(self, directory):
        self.directory = directory
        self.ran = []

    def cores_of(self):
        return Cores(measured=None, generator=None)

    def run(self, plan):
        self.ran.append(plan.replicate)
        samples = samples_file(self.directory, "served", plan.replicate)
        samples.parent.mkdir(exist_ok=True)
        samples.write_text(str(len(self.ran)))
        blocks = samples.with_suffix(".blocks.json")
        blocks.write_text(str(len(self.ran)))
        return StartOutcome(samples, blocks, rounds=5, failures=0, realtime=True)


class Interrupted(Recorder):
    def run(self, plan):
        if plan.replicate == 3:
            raise KeyboardInterrupt
        return super().run(plan)


def _never(record, plan):
    return CampaignEnd.UNDER_WAY


def _after(units):
    def decide(record, plan):
        done = len(record.of("served")) == 2 * units
        return CampaignEnd.SETTLED if done else CampaignEnd.UNDER_WAY

    return decide


def _stolen(*shares):
    """Clocks that show these steal shares, start after start, then none."""
    readings, now = [], 0.0
    stolen = 0.0
    for share in itertools.chain(shares, itertools.repeat(0.0, 20)):
        for elapsed in (0.0, 1.0):
            now, stolen = now + elapsed, stolen + elapsed * share
            readings.append(HostActivity(now, stolen, 0.0, 0.0))
    return iter(readings).__next__


@pytest.fixture
def directory(tmp_path):
    return RunDirectory(tmp_path)


def _run(directory, instrument, look=None, **stopping):
    experiment = Experiment.resolve(overrides={"stopping": stopping})
    arguments = (instrument, experiment, directory, SilentProgress())
    return CampaignRun(*arguments, look) if look else CampaignRun(*arguments)


def test_a_campaign_stops_when_it_is_told_that_it_has_ended(directory):
    instrument = Recorder(directory)
    record = _run(directory, instrument).carry_on(RunRecord(equality={}), PLAN, _after(2))
    assert instrument.ran == [0, 1, 2, 3]
    assert record.campaigns["served"].end is CampaignEnd.SETTLED
    assert RunRecord.load(directory.run_json) == record


def test_a_campaign_that_was_cut_short_goes_on_where_it_was(directory):
    with pytest.raises(KeyboardInterrupt):
        _run(directory, Interrupted(directory)).carry_on(RunRecord(equality={}), PLAN, _never)
    record = RunRecord.load(directory.run_json)
    assert [start.replicate for start in record.starts] == [0, 1, 2]
    assert record.campaigns["served"].end is CampaignEnd.UNDER_WAY
    instrument = Recorder(directory)
    record = _run(directory, instrument).carry_on(record, PLAN, _after(3))
    assert instrument.ran == [3, 4, 5]
    assert [start.unit for start in record.starts] == [0, 0, 1, 1, 2, 2]


def test_a_campaign_that_has_ended_runs_nothing(directory):
    instrument = Recorder(directory)
    ended = PLAN.model_copy(update={"end": CampaignEnd.SETTLED})
    _run(directory, instrument).carry_on(RunRecord(equality={}), ended, _never)
    assert instrument.ran == []


def test_a_campaign_cut_between_its_last_start_and_its_end_is_ended_without_a_start(directory):
    record = _run(directory, Recorder(directory)).carry_on(RunRecord(equality={}), PLAN, _never)
    instrument = Recorder(directory)
    record = _run(directory, instrument).carry_on(record, PLAN, _after(3))
    assert instrument.ran == []
    assert record.campaigns["served"].end is CampaignEnd.SETTLED


def test_a_disturbed_start_is_run_again_and_kept_apart(directory):
    instrument = Recorder(directory)
    run = _run(directory, instrument, _stolen(0.0, 0.5, 0.0), steal_share=0.02)
    record = run.carry_on(RunRecord(equality={}), PLAN, _never)
    assert instrument.ran == [0, 1, 1, 2, 3, 4, 5]
    assert [start.replicate for start in record.starts] == [0, 1, 2, 3, 4, 5]
    (disturbed,) = record.disturbed
    assert (disturbed.replicate, disturbed.steal_share) == (1, 0.5)
    # Its files are kept, and the second try's are in their place.
    assert (directory.samples / disturbed.samples_file).read_text() == "2"
    assert (directory.samples / disturbed.blocks_file).read_text() == "2"
    assert (directory.samples / record.starts[1].samples_file).read_text() == "3"


def test_a_machine_that_is_always_disturbed_does_not_run_for_ever(directory):
    instrument = Recorder(directory)
    run = _run(directory, instrument, _stolen(*[0.5] * 20), reruns=4)
    record = run.carry_on(RunRecord(equality={}), PLAN, _never)
    assert len(record.starts) == 6
    assert len(record.disturbed) == 4
    assert len({start.samples_file for start in record.disturbed}) == 4
