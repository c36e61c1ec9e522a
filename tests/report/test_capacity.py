import pytest

from contract.capacity_log import CapacityLog, SaturatedBlock
from contract.run_record import StartRecord
from contract.sections import CapacitySection
from report.analysis import analyse
from report.capacity import capacity_facts
from stats.interval import IntervalRule
from synthetic_machine import HELD_HZ, SATURATED_HZ, holds

ARMS = ("inverted", "regular")


def block(arm, requests, busy_share=0.99, failures=0):
    return SaturatedBlock(
        arm=arm, requests=requests, failures=failures, seconds=0.5, busy_share=busy_share
    )


def start(replicate, blocks, held=None):
    """One start by hand: its record and its log."""
    record = StartRecord(
        instrument="capacity",
        replicate=replicate,
        unit=replicate // 2,
        arms=ARMS,
        load_order=ARMS,
        aliases={},
        samples_file="",
        rounds=0,
        failures=0,
        seconds=4.0,
        steal_share=0.0,
        foreign_share=0.0,
        measured_core=None,
        generator_core=None,
    )
    log = CapacityLog(
        replicate=replicate,
        arms=ARMS,
        connections=16,
        objective_ms=5.0,
        objective_percentile=0.99,
        blocks=tuple(blocks),
        probes=(),
        largest_held_hz=held or {},
    )
    return record, log


def facts_of(*starts):
    return capacity_facts(starts, CapacitySection(), IntervalRule(), 0.95)


def test_what_each_arm_takes_in_truth_is_found_again(analysis, truth):
    capacity = analysis.result.capacity
    assert (capacity.units, capacity.connections, capacity.probes) == (6, 16, 144)
    assert capacity.of("inverted").saturated_hz.point == pytest.approx(SATURATED_HZ, rel=0.003)
    assert capacity.of("inverted").held_hz.point == pytest.approx(HELD_HZ, rel=0.003)
    for arm in ("regular", "folded", "again"):
        found = capacity.of(arm)
        for ratio, true in (
            (found.saturated_ratio, truth.saturated.get(arm, 0.0)),
            (found.held_ratio, truth.held.get(arm, 0.0)),
        ):
            assert holds(ratio, true)


def test_the_reference_has_no_ratio_to_itself(analysis):
    reference = analysis.result.capacity.of("inverted")
    assert (reference.saturated_ratio, reference.held_ratio) == (None, None)


def test_blocks_that_left_the_core_idle_are_counted_and_used_by_nothing(analysis):
    # One block in three of the synthetic run, at half the rate.
    capacity = analysis.result.capacity
    assert (capacity.blocks, capacity.blocks_counted) == (12 * 4 * 3, 12 * 4 * 2)


def test_a_unit_is_the_mean_ratio_of_its_two_starts_computed_by_hand():
    facts = facts_of(
        start(0, [block("inverted", 500), block("inverted", 520), block("regular", 500)]),
        start(1, [block("inverted", 400), block("regular", 390, failures=10)]),
    )
    regular = facts.of("regular")
    assert regular.saturated_hz.point == pytest.approx((1000 + 760) / 2)
    assert regular.saturated_ratio.point == pytest.approx(((500 / 510 - 1) + (380 / 400 - 1)) / 2)
    assert regular.saturated_ratio.half_width is None


def test_where_few_units_kept_the_core_busy_no_capacity_is_told():
    both = [block("inverted", 500), block("regular", 490)]
    idle = [block("inverted", 500, busy_share=0.96), block("regular", 490)]
    facts = facts_of(*(start(number, both if number < 2 else idle) for number in range(6)))
    assert facts.of("inverted").saturated_hz is None
    assert facts.of("regular").saturated_hz.replicates == 3
    assert facts.of("regular").saturated_ratio is None
    assert (facts.blocks, facts.blocks_counted) == (12, 8)


def test_a_start_in_which_no_rate_held_leaves_its_unit_out():
    held = {"inverted": 4000.0, "regular": 3900.0}
    facts = facts_of(
        *(start(number, [], held) for number in range(3)),
        start(3, [], {"inverted": 4000.0}),
    )
    assert facts.of("inverted").held_hz.replicates == 2
    assert facts.of("regular").held_ratio.replicates == 1
    assert facts.of("regular").held_ratio.point == pytest.approx(-0.025)


def test_half_a_unit_is_no_capacity():
    assert facts_of(start(0, [block("inverted", 500), block("regular", 490)])) is None


def test_a_generator_that_starves_the_server_prints_no_capacity(make_run, truth):
    result = analyse(make_run(truth.but(busy_share=0.9))).result
    assert result.capacity.blocks_counted == 0
    assert all(found.saturated_hz is None for found in result.capacity.arms)
    assert result.capacity.of("regular").held_ratio is not None
