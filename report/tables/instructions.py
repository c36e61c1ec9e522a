"""Instructions per inference, counted."""

from __future__ import annotations

from report.result import Result
from report.rounding import number
from report.tables.table import NOTHING, Table
from report.wording import MINUS

_TITLE = "Instructions per inference"


def instruction_table(result: Result) -> Table:
    """Tell what every arm executes for one inference."""
    facts = result.instructions
    if facts is None:
        return Table(
            _TITLE,
            "Not counted in this run. They are counted where Valgrind is installed and "
            "instructions.enabled is true, as in the profiles standard and thorough.",
        )
    reference = result.experiment.arms[0]
    own = facts.instructions.get(reference)
    note = (
        f"Counted by callgrind ({facts.valgrind}), not estimated: two runs of a bare inference "
        f"loop that differ by {facts.inferences:,} inferences, subtracted. Counts repeat whatever "
        "else the machine does; how long an instruction takes is not in them."
    )
    rows = tuple(
        (
            arm,
            number(counted, 0),
            NOTHING if own is None or arm == reference else number(counted - own, 0),
        )
        for arm, counted in facts.instructions.items()
    )
    return Table(_TITLE, note, ("Arm", "Instructions", f"{MINUS} {reference}"), rows)
