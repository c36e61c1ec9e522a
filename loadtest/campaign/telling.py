"""What is told while the campaign of the verdict runs."""

from __future__ import annotations

from contract.measurement_plan import ENDPOINT_NAMES, MeasurementPlan
from contract.run_record import CampaignEnd, CampaignRecord
from loadtest.campaign.stopping import Standing
from stats.estimate import Estimate


def standing_note(now: Standing, experiment: MeasurementPlan) -> str:
    """Say where the confidence sequence stands: what a live display shows."""
    units = now.anytime.replicates
    contrast = f"{experiment.contrast} \N{MINUS SIGN} {experiment.arms[0]}"
    return f"{contrast} {_interval(now.anytime)} at any time, {units} units"


def standing_line(
    now: Standing, plan: CampaignRecord, experiment: MeasurementPlan, seconds_a_unit: float
) -> str:
    """Say what a look found, and how the campaign goes on.

    Parameters
    ----------
    now : Standing
        With a verdict.
    plan : CampaignRecord
        How far it goes at most.
    experiment : MeasurementPlan
        What it is about.
    seconds_a_unit : float
        What a unit has taken so far.
    """
    verdict = now.verdict
    if verdict is None or verdict.estimate is None:
        raise ValueError("there is no look to tell of")
    units = verdict.estimate.replicates
    endpoint = ENDPOINT_NAMES[experiment.endpoint]
    found = f"after {units} units: {_interval(verdict.estimate)} of {endpoint}, {verdict.kind}"
    if now.end is not CampaignEnd.UNDER_WAY:
        return f"{found}; {now.end}"
    following = next((look for look in plan.looks if look > units), units + now.units_to_go)
    seconds = (following - units) * seconds_a_unit
    return f"{found}; goes on to {following} units, about {duration(seconds)} more"


def duration(seconds: float) -> str:
    """Write ``40 s`` or ``3 min``."""
    return f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"


def _interval(estimate: Estimate) -> str:
    if estimate.half_width is None:
        return f"\N{ALMOST EQUAL TO} {100 * estimate.point:.2f} %"
    return f"{100 * estimate.point:.2f} ± {100 * estimate.half_width:.2f} %"
