"""When a campaign ends: pure functions of its plan and of what its units say."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from contract.measurement_plan import MeasurementPlan
from contract.run_record import CampaignEnd, CampaignRecord
from loadtest.campaign.durations import FIRST_STAGE
from stats.confidence_sequence import sequence_estimate
from stats.estimate import Estimate
from stats.interval import IntervalRule
from stats.looks import planned_looks
from stats.stein import stein_units
from stats.verdict import SETTLED, Verdict, decide

Floats = npt.NDArray[np.float64]

# More than a day of starts: a plan beyond is a half-width that this machine cannot give.
MOST_UNITS = 10_000


def plan_of(experiment: MeasurementPlan, most_units: int | None) -> CampaignRecord:
    """Plan when the campaign that makes the verdict looks and ends.

    Parameters
    ----------
    experiment : MeasurementPlan
        With the looks, or the half-width that was asked for.
    most_units : int or None
        What fits into the time that was given; None where no time was.
    """
    stopping = experiment.stopping
    if stopping.resolve is not None:
        most = MOST_UNITS if most_units is None else most_units
        return CampaignRecord(
            looks=(most,),
            first_stage=FIRST_STAGE,
            target=stopping.resolve,
            budgeted=most_units is not None,
        )
    if most_units is not None:
        return CampaignRecord(looks=planned_looks(most_units) or (most_units,), budgeted=True)
    pairs = experiment.served.pairs
    looks = tuple(look for look in stopping.looks if look < pairs)
    return CampaignRecord(looks=(*looks, pairs))


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a campaign stands after a unit.

    Attributes
    ----------
    end : CampaignEnd
        Under way, or why it ends now.
    verdict : Verdict or None
        What a look says; None between looks.
    anytime : Estimate
        What a live display may show: anyone may stop on it.
    units_to_go : int
        How many units the plan still has at most.
    """

    end: CampaignEnd
    verdict: Verdict | None
    anytime: Estimate
    units_to_go: int


def standing(
    plan: CampaignRecord, experiment: MeasurementPlan, contrast: Floats, control: Floats
) -> Standing:
    """Say whether a campaign goes on.

    Parameters
    ----------
    plan : CampaignRecord
        Its plan.
    experiment : MeasurementPlan
        The margin, the level and the half-width that is wanted besides a verdict.
    contrast, control : float64 arrays, shape (units,)
        The relative difference of the contrast and of the A/A control, in the order of time.
    """
    level, margin = experiment.verdict.level, experiment.verdict.margin
    anytime = sequence_estimate(contrast, level=level, unit="ratio")
    wanted = _units_wanted(plan, contrast, level)
    units, last = len(contrast), min(wanted, plan.looks[-1])
    at_a_look = units in plan.looks if plan.first_stage is None else units >= FIRST_STAGE
    if not at_a_look and units < last:
        return Standing(CampaignEnd.UNDER_WAY, None, anytime, last - units)
    rule = IntervalRule.planned(len(plan.looks), plan.first_stage)
    estimate = rule.estimate(contrast, level=level, unit="ratio")
    verdict = decide(estimate, margin, control=rule.estimate(control, level=level, unit="ratio"))
    end = CampaignEnd.UNDER_WAY
    if units >= last:
        end = _at_the_end(plan, wanted)
    elif plan.first_stage is None and _suffices(verdict, estimate, experiment):
        end = CampaignEnd.SETTLED
    return Standing(end, verdict, anytime, max(0, last - units))


def _units_wanted(plan: CampaignRecord, contrast: Floats, level: float) -> int:
    """Return the units that the plan asks for, whether or not there is time for them."""
    if plan.first_stage is None or plan.target is None:
        return plan.looks[-1]
    if len(contrast) < plan.first_stage:
        return plan.first_stage
    return stein_units(contrast[: plan.first_stage], plan.target, level)


def _at_the_end(plan: CampaignRecord, wanted: int) -> CampaignEnd:
    if plan.first_stage is not None:
        return CampaignEnd.RESOLVED if wanted <= plan.looks[-1] else CampaignEnd.OUT_OF_TIME
    return CampaignEnd.OUT_OF_TIME if plan.budgeted else CampaignEnd.ALL_UNITS


def _suffices(verdict: Verdict, estimate: Estimate, experiment: MeasurementPlan) -> bool:
    if verdict.kind not in SETTLED:
        return False
    wanted = experiment.stopping.resolution
    return wanted is None or (estimate.half_width is not None and estimate.half_width <= wanted)
