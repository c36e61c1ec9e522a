"""When a campaign ends: on plans and values made up, without a process."""

import numpy as np
import pytest

from contract.experiment import Experiment
from contract.run_record import CampaignEnd, CampaignRecord
from loadtest.campaign.durations import FIRST_STAGE
from loadtest.campaign.stopping import plan_of, standing
from stats.verdict import VerdictKind


def _experiment(**stopping):
    return Experiment.resolve(profile="standard", overrides={"stopping": stopping})


def _values(mean, sd, units):
    """Values with exactly this mean and standard deviation."""
    values = np.linspace(-1, 1, units)
    return mean + sd * values / values.std(ddof=1)


def _standing(experiment, plan, mean, sd, units):
    return standing(plan, experiment, _values(mean, sd, units), _values(0.0, sd, units))


def test_a_profile_s_looks_end_with_its_most_pairs():
    assert plan_of(_experiment(), None).looks == (6, 8, 12, 16)
    assert plan_of(Experiment.resolve(profile="quick"), None).looks == (6,)


def test_a_time_that_was_given_decides_the_most_units():
    plan = plan_of(_experiment(), 13)
    assert plan.looks == (6, 8, 12, 13)
    assert plan.budgeted


def test_a_time_too_short_for_an_interval_still_plans_what_fits():
    assert plan_of(_experiment(), 3).looks == (3,)


def test_a_campaign_ends_at_the_first_look_at_which_it_is_settled_and_narrow_enough():
    experiment = _experiment(resolution=0.0035)
    plan = plan_of(experiment, None)
    now = _standing(experiment, plan, 0.02, 0.001, 6)
    assert now.end is CampaignEnd.SETTLED
    assert now.verdict.kind is VerdictKind.SLOWER


def test_a_settled_verdict_goes_on_while_its_interval_is_wider_than_wanted():
    experiment = _experiment(resolution=0.0035)
    now = _standing(experiment, plan_of(experiment, None), 0.05, 0.006, 6)
    assert now.verdict.kind is VerdictKind.SLOWER
    assert now.verdict.estimate.half_width > 0.0035
    assert now.end is CampaignEnd.UNDER_WAY
    assert now.units_to_go == 10


def test_between_looks_nothing_is_decided_however_clear_it_is():
    experiment = _experiment(resolution=None)
    now = _standing(experiment, plan_of(experiment, None), 0.05, 0.0001, 7)
    assert (now.end, now.verdict) == (CampaignEnd.UNDER_WAY, None)


def test_a_size_that_is_open_goes_on_to_the_last_look_and_ends_there():
    experiment = _experiment()
    plan = plan_of(experiment, None)
    ends = [_standing(experiment, plan, 0.01, 0.004, units).end for units in (6, 8, 12, 16)]
    assert ends == [*[CampaignEnd.UNDER_WAY] * 3, CampaignEnd.ALL_UNITS]


def test_a_wide_control_keeps_a_campaign_going():
    experiment = _experiment(resolution=None)
    plan = plan_of(experiment, None)
    clear, wide = _values(0.05, 0.0001, 6), _values(0.0, 0.05, 6)
    now = standing(plan, experiment, clear, wide)
    assert now.verdict.kind is VerdictKind.INCONCLUSIVE
    assert now.end is CampaignEnd.UNDER_WAY


def test_a_campaign_whose_time_is_over_says_so():
    experiment = _experiment(budget_seconds=600.0)
    plan = plan_of(experiment, 7)
    assert _standing(experiment, plan, 0.01, 0.004, 7).end is CampaignEnd.OUT_OF_TIME


def test_a_half_width_that_was_asked_for_is_planned_from_the_first_stage_alone():
    experiment = _experiment(resolve=0.002)
    plan = plan_of(experiment, None)
    assert (plan.first_stage, plan.target) == (FIRST_STAGE, 0.002)
    first = _values(0.02, 0.004, FIRST_STAGE)
    # (t(7, 0.975) · 0.004 / 0.002)² = 22.4: 23 units.
    assert standing(plan, experiment, first, first).units_to_go == 23 - FIRST_STAGE
    # What comes later may be as wide as it likes: the plan stays.
    later = np.concatenate([first, _values(0.02, 0.05, 14)])
    assert standing(plan, experiment, later, later).units_to_go == 1
    last = np.concatenate([first, _values(0.02, 0.05, 15)])
    assert standing(plan, experiment, last, last).end is CampaignEnd.RESOLVED


def test_a_half_width_for_which_there_is_no_time_ends_when_the_time_does():
    experiment = _experiment(resolve=0.002, budget_seconds=600.0)
    plan = plan_of(experiment, 10)
    first = _values(0.02, 0.004, FIRST_STAGE)
    values = np.concatenate([first, first[:2]])
    assert standing(plan, experiment, values, values).end is CampaignEnd.OUT_OF_TIME


@pytest.mark.parametrize("units", [1, 5])
def test_below_six_units_a_live_display_has_no_interval(units):
    values = np.full(units, 0.02)
    plan = CampaignRecord(looks=(6,))
    assert standing(plan, _experiment(), values, values).anytime.half_width is None
