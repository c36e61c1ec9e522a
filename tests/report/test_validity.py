import pytest

from contract.agreement import Agreement
from contract.run_record import RunRecord
from report.analysis import analyse
from report.validity import (
    control_gate,
    equality_gate,
    failures_gate,
    foreign_cpu_gate,
    steal_gate,
)
from stats.verdict import VerdictKind


def gates_of(directory):
    result = analyse(directory).result
    return {gate.name: gate for gate in result.gates}, result.verdict


@pytest.mark.parametrize(
    ("gate", "changes"),
    [
        ("equality", {"logits_apart": 2e-4}),
        ("control", {"cpu_us": {"regular": 2.4, "again": 2.0}}),
        ("steal", {"steal_share": 0.02}),
        ("foreign_cpu", {"foreign_share": 0.021}),
        ("failures", {"failed_requests": 13}),
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


def test_a_control_that_is_detected_but_small_beside_the_margin_is_let_pass(make_run, truth):
    # 0.3 µs of 186 µs is 0.16 %, below a quarter of 1 %.
    quiet = truth.but(cpu_us={"regular": 2.4, "again": 0.3}, layout_us=0.001, served_rounds=1500)
    gates, _ = gates_of(make_run(quiet))
    assert gates["control"].passed
    assert gates["control"].figure == pytest.approx(0.3 / 186, rel=0.25)


def test_a_control_without_the_primary_endpoint_fails():
    assert not control_gate(None, 0.01).passed


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
    (served,) = [start for start in starts if start.instrument == "served"][:1]
    thousand = served.model_copy(update={"rounds": 250, "failures": 1})
    assert failures_gate([thousand], arms=4).passed
    assert not failures_gate([thousand.model_copy(update={"failures": 2})], arms=4).passed


def test_without_requests_none_failed(starts):
    in_process = [start for start in starts if start.instrument == "in_process"]
    assert failures_gate(in_process, arms=4).passed


def test_classes_that_differ_fail_equality_however_close_the_logits_are():
    other = Agreement(
        rows=360, largest_absolute_difference=0.0, tolerance=1e-4, classes_agree=False
    )
    gate = equality_gate({"regular": other})
    assert not gate.passed
    assert "classes differ" in gate.finding


def test_the_arm_that_lies_furthest_from_the_reference_is_named():
    near, far = (
        Agreement(rows=360, largest_absolute_difference=d, tolerance=1e-4, classes_agree=True)
        for d in (1e-6, 9e-5)
    )
    gate = equality_gate({"regular": near, "folded": far, "again": near})
    assert gate.passed
    assert "folded" in gate.finding
