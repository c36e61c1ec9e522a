"""How each campaign was planned, how it ended, and what that makes of its intervals."""

from __future__ import annotations

from typing import get_args

from contract.run_record import CampaignEnd, CampaignRecord, RunRecord, StartKind
from report.intervals import rule_of
from report.result_part import ResultPart
from stats.interval import IntervalKind
from stats.unit import STARTS_PER_UNIT, pair_starts


class CampaignFacts(ResultPart):
    """How a campaign was planned, how it ended, and what its intervals follow from.

    Attributes
    ----------
    instrument : str
        Which campaign (``contract.run_record.StartKind``).
    planned_looks : tuple of int
        Units after which it was to look; one: a fixed number.
    first_stage : int or None
        Units of the first of Stein's two stages, where a half-width was planned for.
    target : float or None
        That half-width, as a share of the reference's cost.
    end : str
        Why it ended (``contract.run_record.CampaignEnd``).
    interval : str
        The rule of its intervals (``stats.interval.IntervalKind``).
    units : int
        Complete units.
    seconds_per_unit : float
        What a unit took, server starts and all; 0 without starts.
    disturbed_starts : int
        Starts that were run again, because the hypervisor took too much meanwhile.
    realtime : bool
        Whether all its measured processes ran with a real-time priority.
    """

    instrument: StartKind
    planned_looks: tuple[int, ...]
    first_stage: int | None
    target: float | None
    end: CampaignEnd
    interval: IntervalKind
    units: int
    seconds_per_unit: float
    disturbed_starts: int
    realtime: bool


def campaign_facts(record: RunRecord) -> tuple[CampaignFacts, ...]:
    """Tell every campaign that was planned or has a finished start, from the inside out."""
    return tuple(
        _facts(record, kind)
        for kind in get_args(StartKind)
        if kind in record.campaigns or record.of(kind)
    )


def _facts(record: RunRecord, kind: StartKind) -> CampaignFacts:
    starts = record.of(kind)
    # A campaign that nobody wrote down is taken for one that is under way, as its intervals are.
    campaign = record.campaigns.get(kind, CampaignRecord(looks=()))
    return CampaignFacts(
        instrument=kind,
        planned_looks=campaign.looks,
        first_stage=campaign.first_stage,
        target=campaign.target,
        end=campaign.end,
        interval=rule_of(campaign).kind,
        units=len(pair_starts([start.unit for start in starts])),
        seconds_per_unit=STARTS_PER_UNIT * sum(s.seconds for s in starts) / max(1, len(starts)),
        disturbed_starts=sum(start.instrument == kind for start in record.disturbed),
        realtime=bool(starts) and all(start.realtime for start in starts),
    )
