"""The map for a terminal: a line a width, a column a batch size."""

from __future__ import annotations

from perbillion.break_even.break_even_result import BreakEvenResult, Cell, Place
from perbillion.sheet import Sheet
from report.rounding import bare_interval

_MARKS = {Place.BEYOND: " *", Place.OPEN: " ?", Place.WITHIN: ""}
LEGEND = "* the whole interval lies beyond 1 %; ? it holds 1 %: not resolved"


def map_sheet(result: BreakEvenResult) -> Sheet:
    """Lay the map out."""
    plan = result.plan
    rows = [
        (str(width), *(_told(result.at(width, batch)) for batch in plan.batches))
        for width in plan.widths
    ]
    return Sheet(
        "Overhead of two scalings, % of the network without, by hidden width and batch size",
        ("width", *(f"batch {batch}" for batch in plan.batches)),
        tuple(rows),
    )


def region_sentence(result: BreakEvenResult) -> str:
    """Say where the overhead is beyond the margin, where within, and where that stays open."""
    beyond = result.cells_at(Place.BEYOND)
    counts = (
        f"beyond ±1 % in {len(beyond)} of {len(result.cells)} cells, within in "
        f"{len(result.cells_at(Place.WITHIN))}, not resolved in {len(result.cells_at(Place.OPEN))}"
    )
    if not beyond:
        return counts
    by_batch = {
        batch: max((cell.width for cell in beyond if cell.batch == batch), default=0)
        for batch in result.plan.batches
    }
    widest = [f"width {width} at batch {batch}" for batch, width in by_batch.items() if width]
    return f"{counts}; the widest networks beyond: {', '.join(widest)}"


def _told(cell: Cell | None) -> str:
    if cell is None:
        return ""
    return bare_interval(cell.cost.relative.scaled(100, "%")) + _MARKS[cell.place]
