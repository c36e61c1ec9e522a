"""What the tables say of requests, latency, capacity and instructions."""

import pytest

from report.tables.capacity import capacity_table
from report.tables.instructions import instruction_table
from report.tables.latency import level_table, quantile_table
from report.tables.requests import cross_check_table, parts_table
from stats.estimate import Estimate

MINUS = "\N{MINUS SIGN}"


@pytest.fixture(scope="module")
def result(analysis):
    return analysis.result


def but(part, **changes):
    return part.model_copy(update=changes)


def without(result, *names):
    kept = tuple(found for found in result.instruments if found.instrument not in names)
    return but(result, instruments=kept)


def estimate(point, half_width, unit):
    return Estimate(point, point - half_width, point + half_width, 0.95, unit, 6, 0.1, 5)


def test_the_parts_of_a_request_add_up_to_the_client_s_latency(result):
    for parts in (*result.server_parts, result.parts_difference):
        total = parts.decode.point + parts.infer.point + parts.encode.point + parts.rest.point
        assert total == pytest.approx(parts.client.point)
    last = parts_table(result).rows[-1]
    assert last[0] == f"regular {MINUS} inverted"
    assert all("±" in cell for cell in last[1:])


def test_without_a_server_that_tells_there_are_no_parts(result):
    assert parts_table(but(result, server_parts=())) is None


def _with_blocks(result, absolute):
    blocks = result.instrument("cpu_blocks")
    differences = tuple(
        but(found, absolute=absolute) if found.arm == "regular" else found
        for found in blocks.differences
    )
    others = tuple(found for found in result.instruments if found is not blocks)
    return but(result, instruments=(*others, but(blocks, differences=differences)))


def test_two_clocks_agree_as_far_as_both_their_intervals_allow(result):
    by_clock = result.instrument("cpu_per_request").difference("regular").absolute
    allowed = (by_clock.half_width**2 + 0.6**2) ** 0.5
    near = estimate(by_clock.point + 0.98 * allowed, 0.6, "µs")
    far = estimate(by_clock.point - 1.02 * allowed, 0.6, "µs")
    assert "They agree: the two" in cross_check_table(_with_blocks(result, near)).note
    assert "They DO NOT AGREE: the two" in cross_check_table(_with_blocks(result, far)).note


def test_too_few_units_do_not_tell_whether_two_clocks_agree(result):
    pilot = Estimate(2.0, None, None, 0.95, "µs", 2)
    note = cross_check_table(_with_blocks(result, pilot)).note
    assert "too few units to say whether the two agree" in note


@pytest.mark.parametrize("gone", ["cpu_blocks", "cpu_per_request"])
def test_one_clock_alone_is_not_checked(result, gone):
    assert cross_check_table(without(result, gone)) is None


def test_a_quantile_without_an_interval_says_how_many_more_requests_it_takes(result):
    *others, p99 = result.quantiles
    bare = but(p99, requests=3_000, needed_requests=7_360, low_us=None, high_us=None, bound_us=None)
    table = quantile_table(but(result, quantiles=(*others, bare)))
    assert table.rows[-1][0] == "p99"
    assert table.rows[-1][2] == "none: takes 4,360 requests more"
    assert table.rows[-1][-1] == "none yet"


def test_a_quantile_with_an_interval_tells_both_ends_and_the_bound(result):
    claim = but(result.quantiles[0], latency_us=455.2, low_us=451.4, high_us=461.6, bound_us=470.1)
    (row,) = quantile_table(but(result, quantiles=(claim,))).rows
    assert row[1:3] == ("455 µs", "451 to 462 µs")
    assert row[-1] == "470 µs"


def test_without_client_latency_its_tables_are_left_out(result):
    assert level_table(without(result, "client_latency")) is None
    assert quantile_table(but(result, quantiles=())) is None


def test_capacity_tells_rates_and_how_many_blocks_counted(result):
    table = capacity_table(result)
    assert [row[0] for row in table.rows] == ["inverted", "regular", "folded", "again"]
    assert "requests/s" in table.rows[0][1]
    assert table.rows[0][2] == "—"
    assert table.rows[1][2].endswith(" %")
    facts = result.capacity
    assert f"{facts.blocks_counted} of {facts.blocks} blocks" in table.note


def test_a_capacity_that_the_generator_did_not_reach_is_not_printed(result):
    arms = tuple(but(arm, saturated_hz=None, saturated_ratio=None) for arm in result.capacity.arms)
    capacity = but(result.capacity, arms=arms, blocks_counted=1)
    table = capacity_table(but(result, capacity=capacity))
    assert table.note.startswith(f"No saturated capacity is printed: 1 of {capacity.blocks} blocks")
    assert {row[1] for row in table.rows} == {"not printed"}
    assert "requests/s" in table.rows[0][3]


def test_an_objective_that_no_rate_holds_is_told(result):
    arms = tuple(but(arm, held_hz=None, held_ratio=None) for arm in result.capacity.arms)
    note = capacity_table(but(result, capacity=but(result.capacity, arms=arms))).note
    assert "No rate at the objective is printed" in note
    none_probed = but(result.capacity, arms=arms, probes=0)
    note = capacity_table(but(result, capacity=none_probed)).note
    assert "was not looked for: capacity.probes was 0" in note


def test_a_capacity_of_which_nothing_counts_has_no_rows(result):
    nothing = {"saturated_hz": None, "saturated_ratio": None, "held_hz": None, "held_ratio": None}
    arms = tuple(but(arm, **nothing) for arm in result.capacity.arms)
    assert capacity_table(but(result, capacity=but(result.capacity, arms=arms))).rows == ()


def test_a_run_without_capacity_says_how_to_get_it(result):
    table = capacity_table(but(result, capacity=None))
    assert table.rows == ()
    assert "capacity.pairs" in table.note


def test_instructions_are_told_for_each_arm_and_beyond_the_reference(result):
    rows = {row[0]: row[1:] for row in instruction_table(result).rows}
    assert rows["inverted"][1] == "—"
    counted = result.instructions.instructions
    assert rows["regular"][1] == f"{counted['regular'] - counted['inverted']:,.0f}"


def test_a_run_without_valgrind_says_how_to_get_instructions(result):
    table = instruction_table(but(result, instructions=None))
    assert table.rows == ()
    assert "Valgrind" in table.note
