"""What arms cost beyond the reference, per billion predictions."""

from __future__ import annotations

from report.result import Result
from report.rounding import bare_interval, dollars, significant
from report.tables.table import Table
from report.wording import COST_SOURCES

_TITLE = "Cost per billion predictions"


def cost_table(result: Result) -> Table:
    """Tell core-seconds, core-hours and dollars."""
    if not result.costs:
        return Table(
            _TITLE,
            "Not known of this run. A cost follows from CPU per request, or from inference in "
            "process; with several threads, or a model that is served elsewhere, from neither.",
        )
    rows = tuple(
        (
            f"{cost.arm}, {COST_SOURCES[cost.instrument]}",
            bare_interval(cost.core_seconds),
            bare_interval(cost.core_hours),
            dollars(cost.usd),
            f"{significant(cost.reference_core_seconds, 3)} core-seconds",
        )
        for cost in result.costs
    )
    reference = result.experiment.arms[0]
    note = (
        f"Beyond what {reference} costs, at ${result.experiment.usd_per_vcpu_hour:g} per "
        "vCPU-hour. One microsecond of CPU per prediction is 1,000 core-seconds per billion. CPU "
        "per request is what a server is billed for; in process is the graph alone, in warm caches."
    )
    head = ("Arm", "Core-seconds", "Core-hours", "Dollars", f"{reference} in all")
    return Table(_TITLE, note, head, rows)
