"""What one more scaling costs."""

from __future__ import annotations

from itertools import pairwise

from report.result import DoseResponseFacts, Result
from report.rounding import with_interval
from report.tables.table import Table
from report.wording import INSTRUMENT_NAMES

_TITLE = "What one more scaling costs"
_HOW_TO_GET = (
    "A run measures it in process where its arms include regular-x2, -x4 or -x8, and served where "
    "doses.pairs is above 0, as in the profiles standard and thorough."
)


def dose_table(result: Result) -> Table:
    """Tell slope, intercept and steps of the dose-response, by instrument."""
    if not result.dose_responses:
        return Table(_TITLE, f"Not measured in this run. {_HOW_TO_GET}")
    note = (
        "The same function with each scaling split into more multiplications. The slope is the "
        "marginal cost of one more scaling; the intercept is what the line has at no scaling, and "
        "need not be zero: the first scaling also breaks up a fusion of nodes. Steps are for one "
        "scaling each; they fall where further ones find warmer caches."
    )
    told = {found.instrument for found in result.dose_responses}
    if told == {"in_process"}:
        note += f" Served it was not measured in this run. {_HOW_TO_GET}"
    elif "in_process" not in told:
        note += f" In process it was not measured in this run. {_HOW_TO_GET}"
    head = ("Instrument", "Slope: one more scaling", "Intercept", "Steps", "Differences")
    return Table(_TITLE, note, head, tuple(_row(found) for found in result.dose_responses))


def _row(found: DoseResponseFacts) -> tuple[str, ...]:
    steps = zip(pairwise(found.scalings), found.steps, strict=True)
    series = zip(found.scalings, found.differences, strict=True)
    return (
        INSTRUMENT_NAMES[found.instrument],
        with_interval(found.slope),
        with_interval(found.intercept),
        "\n".join(f"{low} to {high}: {with_interval(step)}" for (low, high), step in steps),
        "\n".join(f"{scalings}: {with_interval(size)}" for scalings, size in series),
    )
