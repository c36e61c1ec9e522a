"""How a campaign ended and what that makes of its intervals, in words."""

from __future__ import annotations

from collections.abc import Mapping

from contract.run_record import CampaignEnd
from report.result import CampaignFacts
from report.rounding import count, share
from stats.interval import IntervalKind

_ENDS: Mapping[CampaignEnd, str] = {
    CampaignEnd.UNDER_WAY: "it was stopped before its plan was carried out",
    CampaignEnd.ALL_UNITS: "all planned units are measured",
    CampaignEnd.SETTLED: "the verdict is settled",
    CampaignEnd.RESOLVED: "the half-width asked for is reached by plan",
    CampaignEnd.OUT_OF_TIME: "the time given for it was over",
}


def plan_text(facts: CampaignFacts) -> str:
    """Say what was planned beforehand."""
    if facts.first_stage is not None and facts.target is not None:
        return (
            f"Stein's two stages: after {count(facts.first_stage, 'unit')} as many as a "
            f"half-width of ±{share(facts.target)} takes"
        )
    if not facts.planned_looks:
        return "not recorded"
    if len(facts.planned_looks) == 1:
        return f"{count(facts.planned_looks[0], 'unit')}, looked at once"
    *earlier, last = facts.planned_looks
    return f"looks after {', '.join(map(str, earlier))} and {count(last, 'unit')}"


def outcome_text(facts: CampaignFacts) -> str:
    """Say after how many units it ended, and why."""
    return f"{_after(facts)}: {_ENDS[facts.end]}"


def interval_text(facts: CampaignFacts) -> str:
    """Say which rule makes its intervals, and why."""
    match facts.interval:
        case IntervalKind.FIXED:
            return "Student's t: the number of units did not depend on the figures"
        case IntervalKind.LOOKS:
            return (
                f"Student's t at a level that holds at all {len(facts.planned_looks)} planned "
                "looks together (Bonferroni)"
            )
        case IntervalKind.STEIN:
            return "Stein's: Student's t with the spread of the first stage"
        case IntervalKind.SEQUENCE:
            return (
                "confidence sequence: wider, and holds at any time, because nobody planned to "
                "stop here"
            )


def campaign_sentences(facts: CampaignFacts) -> str:
    """Say in two or three sentences how the campaign ended and what its intervals follow from."""
    sentences = [f"The served campaign ended {outcome_text(facts)}.", _SENTENCES[facts.interval]]
    if facts.interval is IntervalKind.LOOKS:
        sentences[1] = sentences[1].format(looks=len(facts.planned_looks))
    if facts.disturbed_starts:
        disturbed = count(facts.disturbed_starts, "disturbed start")
        sentences.append(
            f"{disturbed} {'was' if facts.disturbed_starts == 1 else 'were'} run again."
        )
    return " ".join(sentences)


_SENTENCES: Mapping[IntervalKind, str] = {
    IntervalKind.FIXED: "Their number did not depend on what they showed.",
    IntervalKind.LOOKS: "Its intervals hold at its {looks} planned looks together.",
    IntervalKind.STEIN: "Its intervals keep the spread of the first of Stein's two stages.",
    IntervalKind.SEQUENCE: "Its intervals are wider for it: they hold whenever one stops.",
}


def _after(facts: CampaignFacts) -> str:
    most = facts.planned_looks[-1] if facts.planned_looks else facts.units
    if facts.first_stage is not None or facts.units >= most:
        return f"after {count(facts.units, 'unit')}"
    return f"after {facts.units} of at most {count(most, 'unit')}"
