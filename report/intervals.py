"""Which interval each campaign's plan allows, and whose campaign an instrument reads."""

from __future__ import annotations

from collections.abc import Mapping
from typing import get_args

from contract.run_record import CampaignEnd, CampaignRecord, RunRecord, StartKind
from report.instrument_result import InstrumentName
from stats.interval import IntervalKind, IntervalRule

CAMPAIGN_OF: Mapping[InstrumentName, StartKind] = {
    "in_process": "in_process",
    "handler": "served",
    "cpu_per_request": "served",
    "cpu_blocks": "served",
    "client_latency": "served",
    "doses_cpu": "doses",
    "dropconnect_cpu": "dropconnect",
    "dropconnect_latency": "dropconnect",
}

SIDE_INSTRUMENTS = frozenset(
    name for name, campaign in CAMPAIGN_OF.items() if campaign in ("doses", "dropconnect")
)
"""Instruments of the campaigns beside the verdict's, which have arms of their own."""


def rule_of(campaign: CampaignRecord | None) -> IntervalRule:
    """Return how the intervals of a campaign are made.

    Parameters
    ----------
    campaign : CampaignRecord or None
        How it was planned and how it ended; None where nobody wrote that down, which is
        taken for a campaign that anybody may end at any time.

    Returns
    -------
    IntervalRule
        Under way: the confidence sequence, whatever was planned, because this report is a look
        that nobody planned. A campaign that ran out of time keeps its plan's rule: the clock
        does not look at the figures.
    """
    if campaign is None or campaign.end is CampaignEnd.UNDER_WAY:
        return IntervalRule(IntervalKind.SEQUENCE)
    return IntervalRule.planned(max(1, len(campaign.looks)), campaign.first_stage)


def rules_of(record: RunRecord) -> Mapping[StartKind, IntervalRule]:
    """Return the rule of every campaign, those that never began included."""
    return {kind: rule_of(record.campaigns.get(kind)) for kind in get_args(StartKind)}
