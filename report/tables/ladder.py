"""The ladder from multiplications to dollars: all instruments side by side."""

from __future__ import annotations

from report.result import LadderRow, Result
from report.rounding import bare_interval, dollars, number, percent, significant, with_interval
from report.tables.table import NOTHING, Table
from report.wording import MINUS
from stats.estimate import Estimate


def ladder_table(result: Result) -> Table:
    """Tell the contrast at every level, from the graph to the bill."""
    reference, contrast = result.experiment.arms[0], result.experiment.contrast
    origin = result.model(contrast).origin
    begins = "the graph" if origin is None else f"{origin.scaled_numbers:,} multiplications"
    note = (
        f"What {contrast} has, does and costs beyond {reference}, per request and then per "
        "billion predictions, from the inside out. Each level adds something to the one above, so "
        "the figures need not agree. "
        f"Intervals are {100 * result.experiment.level:g} %; a figure without one is counted."
    )
    return Table(
        f"From {begins} to dollars per billion",
        note,
        ("Level", "Measured by", f"{contrast} {MINUS} {reference}", f"{reference} itself"),
        tuple(
            (row.level, row.instrument, _difference(row), _reference(row)) for row in result.ladder
        ),
    )


def _difference(row: LadderRow) -> str:
    if row.difference is not None:
        return _estimated(row.difference)
    if row.exact is not None:
        return _counted(row.exact, row.unit)
    return f"not measured\n{row.missing}"


def _reference(row: LadderRow) -> str:
    if row.reference is None:
        return NOTHING
    if row.exact is not None:
        return _counted(row.reference, row.unit)
    if row.unit == "USD":
        return f"${significant(row.reference, 3)}"
    return f"{significant(row.reference, 3)} {row.unit}"


def _estimated(difference: Estimate) -> str:
    match difference.unit:
        case "ratio":
            return percent(difference)
        case "USD":
            return dollars(difference)
        case "":
            return bare_interval(difference)
        case _:
            return with_interval(difference)


def _counted(figure: float, unit: str) -> str:
    return f"{number(figure, 0)} {unit}"
