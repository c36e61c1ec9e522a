"""How many requests a core answers."""

from __future__ import annotations

from report.result import ArmCapacity, CapacityFacts, Result
from report.rounding import count, percent, share, with_interval
from report.tables.table import NOTHING, Table
from report.wording import MINUS
from stats.estimate import Estimate

_TITLE = "Capacity"


def capacity_table(result: Result) -> Table:
    """Tell saturated throughput and the Poisson rate that holds the objective."""
    facts = result.capacity
    if facts is None:
        return Table(
            _TITLE,
            "Not measured in this run. A run measures it where capacity.pairs is above 0, as in "
            "the profiles standard and thorough.",
        )
    reference = result.experiment.arms[0]
    note = " ".join((_saturated_note(facts), _poisson_note(facts), _units_note(facts)))
    head = (
        "Arm",
        "Saturated",
        f"Saturated {MINUS} {reference}",
        "Rate at the objective",
        f"Rate {MINUS} {reference}",
    )
    if not any(arm.saturated_hz or arm.held_hz for arm in facts.arms):
        return Table(_TITLE, note)
    return Table(_TITLE, note, head, tuple(_row(arm) for arm in facts.arms))


def _row(arm: ArmCapacity) -> tuple[str, ...]:
    return (
        arm.arm,
        _told(arm.saturated_hz),
        NOTHING if arm.saturated_ratio is None else percent(arm.saturated_ratio),
        _told(arm.held_hz),
        NOTHING if arm.held_ratio is None else percent(arm.held_ratio),
    )


def _told(rate_hz: Estimate | None) -> str:
    return "not printed" if rate_hz is None else with_interval(rate_hz)


def _saturated_note(facts: CapacityFacts) -> str:
    busy = f"{100 * facts.busy_share:g} %"
    counted = (
        f"{facts.blocks_counted:,} of {count(facts.blocks, 'block')} over "
        f"{count(facts.connections, 'connection')} kept the server's core at least {busy} busy"
    )
    if all(arm.saturated_hz is None for arm in facts.arms):
        return (
            f"No saturated capacity is printed: {counted}, and only such blocks show what the "
            "server can do; in the others the load generator was the slower of the two. A load "
            "generator on more cores, or larger requests, would reach it."
        )
    return f"Saturated: requests a second in closed loop; {counted}, and only these count."


def _poisson_note(facts: CapacityFacts) -> str:
    objective = (
        f"{100 * facts.objective_percentile:g} % of the requests within {facts.objective_ms:g} ms "
        "of the moment they were due"
    )
    if not facts.probes:
        return "The rate at an objective was not looked for: capacity.probes was 0."
    if all(arm.held_hz is None for arm in facts.arms):
        return (
            f"No rate at the objective is printed: {count(facts.probes, 'probe')} found none that "
            f"keeps {objective} in every start."
        )
    return (
        f"The rate at the objective is the largest one of Poisson arrivals that kept {objective}, "
        f"by {count(facts.probes, 'probe')}; {share(facts.late_share)} of these requests were sent "
        "late."
    )


def _units_note(facts: CapacityFacts) -> str:
    return f"Over {count(facts.units, 'unit')}."
