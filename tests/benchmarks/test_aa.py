import pytest

from benchmarks.controls import aa
from benchmarks.controls.aa import begun_result, measure_aa, run_aa_campaign
from benchmarks.controls.aa_page import aa_page
from benchmarks.controls.aa_result import AaCampaign, AaPlan, AaResult
from contract.environment import observe
from stats.estimate import t_estimate
from stats.verdict import VerdictKind

STILL = (-0.003, 0.002, -0.001, 0.003, 0.001, -0.002)


def campaign(*units, verdict=VerdictKind.EQUIVALENT, failed_gates=()):
    return AaCampaign(
        verdict=verdict,
        failed_gates=failed_gates,
        contrast=t_estimate(units, unit="ratio"),
        control=t_estimate(STILL, unit="ratio"),
        reference_us=180.0,
        seconds=30.0,
        steal_share=0.0,
        foreign_share=0.01,
    )


def result_of(*campaigns):
    plan = AaPlan(campaigns=len(campaigns))
    environment = observe({"seed": plan.seed})
    measured = "2026-01-01T00:00:00+00:00"
    return AaResult(
        measured=measured, environment=environment, plan=plan, margin=0.01, campaigns=campaigns
    )


def test_an_interval_that_excludes_zero_counts_as_detected_and_six_of_forty_may():
    shifted = [unit + 0.005 for unit in STILL]
    sound = result_of(*[campaign(*STILL)] * 34, *[campaign(*shifted)] * 6)
    assert (sound.detected, sound.claims, sound.passed) == (6, 0, True)
    unsound = result_of(*[campaign(*STILL)] * 33, *[campaign(*shifted)] * 7)
    assert (unsound.detected, unsound.claims, unsound.passed) == (7, 0, False)


def test_a_claim_counts_even_where_a_gate_that_fails_hides_it():
    far = [unit + 0.05 for unit in STILL]
    hidden = campaign(*far, verdict=VerdictKind.INVALID, failed_gates=("steal",))
    result = result_of(*[campaign(*STILL)] * 39, hidden)
    assert (result.claims, result.passed) == (1, False)
    assert "The targets are not met" in aa_page(result).markdown


def test_the_chance_of_more_false_alarms_is_the_binomial_one():
    # R: pbinom(6, 40, 0.05, lower.tail = FALSE)
    assert result_of(*[campaign(*STILL)] * 40).chance_of_more == pytest.approx(0.0033886, rel=1e-3)


def test_campaigns_that_are_finished_are_kept_for_the_same_plan_alone(tmp_path):
    finished = result_of(campaign(*STILL), campaign(*STILL))
    finished.save(tmp_path / f"{aa.NAME}.json")
    assert begun_result(tmp_path, finished.plan) == finished
    assert begun_result(tmp_path, AaPlan(campaigns=2, seed=7)).campaigns == ()


def test_without_time_no_campaign_begins(tmp_path):
    assert measure_aa(tmp_path, AaPlan(), minutes=0, say=print).campaigns == ()
    assert not list(tmp_path.iterdir())


@pytest.mark.slow
def test_a_real_campaign_of_one_model_claims_nothing_and_leaves_nothing(tmp_path):
    plan = AaPlan(campaigns=1, seconds_per_start=0.4)
    exported = aa.exported_run(tmp_path / "exported", aa.experiment_of(plan, 0))
    found = run_aa_campaign(tmp_path / "campaign", plan, 0, exported)
    assert found.contrast.replicates == found.control.replicates == plan.pairs
    assert not found.claims(0.01)
    assert not (tmp_path / "campaign").exists()
