import pytest

from agreements import agreement
from contract.block_log import BlockLog, CpuBlock
from contract.capacity_log import CapacityLog
from contract.run_record import RunRecord
from report.analysis import analyse
from report.round_table import ClockReadings
from report.validity import (
    clock_gate,
    control_gate,
    equality_gate,
    failures_gate,
    foreign_cpu_gate,
    late_gate,
    steal_gate,
)
from stats.verdict import VerdictKind
from synthetic_machine import NOTHING, doses


def gates_of(directory):
    result = analyse(directory).result
    return {gate.name: gate for gate in result.gates}, result.verdict


@pytest.mark.parametrize(
    ("gate", "changes"),
    [
        ("equality", {"logits_apart": 2e-4}),
        ("control", {"cpu_us": {"regular": 2.4, "again": 2.0}}),
        ("doses", {"in_process_us": doses(0.5, 0.1, -11.0) | {"regular-x8": 3.5}}),
        ("doses", {"doses_cpu_us": doses(1.1, 0.2, -60.0) | {"regular-x2": 1.0}}),
        ("clock", {"frozen_requests": 40}),
        ("steal", {"steal_share": 0.02}),
        ("foreign_cpu", {"foreign_share": 0.021}),
        ("late", {"late_share": 0.012}),
        ("failures", {"failed_requests": 17}),
        ("units", {"served_starts": 10}),
    ],
)
def test_each_trouble_fails_its_gate_alone_and_makes_the_run_invalid(
    make_run, truth, gate, changes
):
    gates, verdict = gates_of(make_run(truth.but(**changes)))
    assert [name for name, found in gates.items() if not found.passed] == [gate]
    assert verdict.kind is VerdictKind.INVALID
    assert verdict.reasons == (gates[gate].finding,)
    assert gates[gate].remedy


def test_a_clock_that_stands_still_leaves_no_cpu_per_request_to_believe(make_run, truth):
    frozen = truth.but(**NOTHING | {"served_starts": 2}, frozen_requests=10**6)
    result = analyse(make_run(frozen)).result
    gate = next(gate for gate in result.gates if gate.name == "clock")
    # The first of two starts stands still, so there is no pair with a figure.
    assert gate.figure == pytest.approx(0.5)
    assert result.instrument("cpu_per_request") is None
    assert result.verdict.kind is VerdictKind.INVALID


def test_a_control_that_is_detected_but_small_beside_the_margin_is_let_pass(make_run, truth):
    # 0.3 µs of 186 µs is 0.16 %, below a quarter of 1 %.
    quiet = truth.but(cpu_us={"regular": 2.4, "again": 0.3}, layout_us=0.001, served_rounds=1500)
    gates, _ = gates_of(make_run(quiet))
    assert gates["control"].passed
    assert gates["control"].figure == pytest.approx(0.3 / 186, rel=0.25)


def test_a_control_wider_than_the_margin_makes_the_verdict_inconclusive(make_run, truth):
    gates, verdict = gates_of(make_run(truth.but(layout_us=8.0)))
    assert gates["control"].passed
    assert verdict.kind is VerdictKind.INCONCLUSIVE
    assert "control" in verdict.reasons[0]
    assert verdict.more_units > 0


def test_a_control_without_the_primary_endpoint_fails():
    assert not control_gate(None, 0.01, "cpu_per_request").passed


@pytest.fixture
def starts(sound_run):
    return RunRecord.load(sound_run.run_json).starts


def with_shares(starts, **shares):
    return [start.model_copy(update=shares) for start in starts]


@pytest.mark.parametrize(
    ("gate", "name"), [(steal_gate, "steal_share"), (foreign_cpu_gate, "foreign_share")]
)
def test_disturbance_passes_up_to_two_per_cent(starts, gate, name):
    assert gate(with_shares(starts, **{name: 0.0199})).passed
    assert not gate(with_shares(starts, **{name: 0.0201})).passed


def test_disturbance_is_weighted_by_how_long_a_start_took(starts):
    short, long = starts[:2]
    disturbed = short.model_copy(update={"steal_share": 0.1, "seconds": 1.0})
    calm = long.model_copy(update={"steal_share": 0.0, "seconds": 9.0})
    gate = steal_gate([disturbed, calm])
    assert gate.figure == pytest.approx(0.01)
    assert "10 % in the worst start" in gate.finding


def test_one_failure_in_a_thousand_requests_passes(starts):
    served = next(start for start in starts if start.instrument == "served")
    thousand = served.model_copy(update={"rounds": 250, "failures": 1})
    assert failures_gate([thousand], [], []).passed
    assert not failures_gate([thousand.model_copy(update={"failures": 2})], [], []).passed


def test_without_requests_none_failed(starts):
    in_process = [start for start in starts if start.instrument == "in_process"]
    gate = failures_gate(in_process, [], [])
    assert gate.passed
    assert gate.figure == 0


def test_failures_of_one_kind_are_not_hidden_by_many_requests_of_another(sound_run, starts):
    log = CapacityLog.load(sound_run.samples / "capacity-000.json")
    served = next(start for start in starts if start.instrument == "served")
    troubled = served.model_copy(update={"rounds": 250, "failures": 2})
    gate = failures_gate([troubled], [], [log])
    assert sum(block.requests for block in log.blocks) > 20_000
    assert not gate.passed
    assert gate.finding == "2 of 1,000 requests in rounds failed"


def test_failures_in_blocks_count_like_those_in_rounds():
    def log(failures):
        block = CpuBlock(arm="inverted", requests=1000, failures=failures, cpu_ns=1)
        return BlockLog(replicate=0, arms=("inverted",), blocks=(block,))

    assert failures_gate([], [log(1)], []).passed
    assert not failures_gate([], [log(2)], []).passed


@pytest.mark.parametrize(("uncharged", "passes"), [(10, True), (11, False)])
def test_one_uncharged_request_in_a_thousand_passes(uncharged, passes):
    clocks = [ClockReadings(4_000, 0), ClockReadings(6_000, uncharged)]
    assert clock_gate(clocks).passed is passes


@pytest.mark.parametrize(("late", "passes"), [(10, True), (11, False)])
def test_one_late_request_in_a_hundred_passes(sound_run, late, passes):
    log = CapacityLog.load(sound_run.samples / "capacity-000.json")
    probe = log.probes[0].model_copy(update={"sent": 1000, "late": late})
    assert late_gate([log.model_copy(update={"probes": (probe,)})]).passed is passes


def test_without_open_loop_load_nothing_is_late():
    assert late_gate([]) is None


def test_doses_without_enough_units_are_not_judged(make_run, truth):
    falling = doses(0.5, 0.1, -11.0) | {"regular-x8": 3.5}
    few = truth.but(in_process_us=falling, in_process_starts=10)
    gates, _ = gates_of(make_run(few))
    assert gates["doses"].passed


def test_the_step_at_which_the_cost_falls_is_named(make_run, truth):
    falling = doses(0.5, 0.1, -11.0) | {"regular-x8": 3.5}
    gates, _ = gates_of(make_run(truth.but(in_process_us=falling)))
    assert "in process, from regular-x4 to regular-x8" in gates["doses"].finding
    assert gates["doses"].figure == pytest.approx((3.5 - 4.1) / 8, rel=0.2)


def test_an_arm_that_nobody_compared_fails_equality():
    fine = agreement()
    assert equality_gate({"regular": fine}, ["regular"]).passed
    gate = equality_gate({"regular": fine}, ["regular", "folded"])
    assert not gate.passed
    assert gate.finding == "nobody compared folded with the reference"


def test_classes_that_differ_fail_equality_however_close_the_logits_are():
    other = agreement(classes=0.9)
    gate = equality_gate({"regular": other}, ["regular"])
    assert not gate.passed
    assert "the same class is predicted for 90 %" in gate.finding


def test_the_arm_that_lies_furthest_from_the_reference_is_named():
    near, far = (agreement(apart=apart) for apart in (1e-6, 9e-5))
    arms = ["regular", "folded", "again"]
    gate = equality_gate(dict(zip(arms, (near, far, near), strict=True)), arms)
    assert gate.passed
    assert "folded" in gate.finding
