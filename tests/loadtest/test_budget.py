from contract.experiment import Experiment
from contract.run_record import RunRecord, StartRecord
from loadtest.campaign.budget import Budget
from loadtest.campaign.durations import start_seconds

NOTHING = RunRecord(equality={})
SIDE = ("doses", "dropconnect", "capacity")


def _budget(seconds, record=NOTHING, profile="standard"):
    overrides = {"stopping": {"budget_seconds": seconds}} if seconds else {}
    return Budget.of(Experiment.resolve(profile=profile, overrides=overrides), record)


def _in_process_starts(seconds, count=4):
    return RunRecord(
        equality={},
        starts=tuple(
            StartRecord(
                instrument="in_process",
                replicate=number,
                unit=number // 2,
                arms=("inverted",),
                load_order=("inverted",),
                aliases={},
                samples_file="in_process-000.parquet",
                rounds=1,
                failures=0,
                seconds=seconds,
                steal_share=0.0,
                foreign_share=0.0,
                measured_core=None,
                generator_core=None,
            )
            for number in range(count)
        ),
    )


def test_without_a_budget_everything_is_measured_as_the_profile_says():
    budget = _budget(None)
    assert [budget.pairs(kind) for kind in ("in_process", *SIDE)] == [24, 6, 6, 8]
    assert budget.served_pairs(NOTHING) is None
    assert budget.has_time_for(1e9)


def test_a_budget_leaves_out_what_would_have_no_interval_in_its_share():
    assert [_budget(180).pairs(kind) for kind in SIDE] == [0, 0, 0]
    assert [_budget(1800).pairs(kind) for kind in SIDE] == [6, 6, 8]


def test_a_campaign_without_arms_takes_no_time_from_the_verdict():
    arms = {"arms": ("inverted", "regular", "folded", "again")}
    stopping = {"stopping": {"budget_seconds": 1800.0}}
    without = Budget.of(Experiment.resolve(profile="standard", overrides=arms | stopping), NOTHING)
    assert without.pairs("dropconnect") == 0
    assert without.served_pairs(NOTHING) > _budget(1800).served_pairs(NOTHING)


def test_more_time_gives_more_units_to_the_verdict():
    pairs = [_budget(seconds).served_pairs(NOTHING) for seconds in (120, 300, 600, 3600)]
    assert pairs == sorted(pairs)
    assert len(set(pairs)) == 4


def test_what_an_earlier_part_of_the_run_took_counts():
    record = _in_process_starts(seconds=20.0)
    assert not _budget(60, record).has_time_for(1.0)
    assert _budget(120, record).has_time_for(1.0)


def test_a_slow_machine_is_given_fewer_units():
    experiment = Experiment.resolve(profile="standard")
    usual = start_seconds(experiment, "in_process")
    fast, slow = (_in_process_starts(seconds) for seconds in (usual, 3 * usual))
    # Both records have taken the same time, as far as the budget counts.
    budget = _budget(600)
    assert budget.served_pairs(slow) < budget.served_pairs(fast)
