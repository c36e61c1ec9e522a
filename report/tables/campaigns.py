"""How each campaign was planned and how it ended."""

from __future__ import annotations

from report.campaign_text import interval_text, outcome_text, plan_text
from report.result import Result
from report.tables.table import Table
from report.wording import CAMPAIGN_NAMES


def campaign_table(result: Result) -> Table | None:
    """Tell how campaigns were planned, how they ended, and which intervals that allows."""
    if not result.campaigns:
        return None
    rows = tuple(
        (
            CAMPAIGN_NAMES[facts.instrument],
            plan_text(facts),
            outcome_text(facts),
            interval_text(facts),
            str(facts.disturbed_starts),
            "yes" if facts.realtime else "no",
        )
        for facts in result.campaigns
    )
    note = (
        "Looking more than once costs: an interval that is looked at again and again excludes the "
        "truth sooner or later. So the rule of a campaign's intervals follows from how it was "
        "allowed to end. Starts that the hypervisor disturbed beyond a limit fixed beforehand were "
        "run again; they are kept, counted and used by no estimate."
    )
    head = ("Campaign", "Plan", "End", "Intervals", "Disturbed starts", "Real-time priority")
    return Table("How the campaigns ended", note, head, rows)
