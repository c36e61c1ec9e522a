"""What the run must meet to count, and what was found."""

from __future__ import annotations

from report.result import Gate, Result
from report.tables.table import Table
from report.wording import GATE_NAMES


def gate_table(result: Result) -> Table:
    """Tell every gate, with its remedy where it fails."""
    rows = tuple(
        (
            GATE_NAMES[gate.name],
            "passed" if gate.passed else "FAILED",
            gate.finding + ("" if gate.passed else f"\nRemedy: {gate.remedy}"),
            _limit(gate),
        )
        for gate in result.gates
    )
    note = "A run counts only if every gate is passed; else the verdict is INVALID."
    return Table("Does this run count?", note, ("Gate", "Outcome", "Found", "Limit"), rows)


def _limit(gate: Gate) -> str:
    if gate.name == "doses":
        return "not below zero by more than chance explains"
    if gate.name == "control":
        return f"interval holds zero, or size up to {100 * gate.threshold:g} %"
    if gate.unit == "ratio":
        return f"at most {100 * gate.threshold:g} %"
    if gate.unit == "units":
        return f"at least {gate.threshold:.0f}"
    return f"at most {gate.threshold:.2g}"
