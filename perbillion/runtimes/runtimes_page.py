"""The page about runtimes and the map, from the committed results."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from perbillion.break_even.break_even_result import BreakEvenResult
from perbillion.break_even.map_text import region_sentence
from perbillion.runtimes.beforehand import beforehand_table
from perbillion.runtimes.markdown_table import markdown_table
from perbillion.runtimes.page_text import (
    BEFOREHAND,
    FORM_TEXTS,
    HEAD,
    HOW,
    LIMITS,
    MAP,
    NOT_MEASURED,
    OTHER_TEXTS,
    THREADS,
)
from perbillion.runtimes.row import FORMS
from perbillion.runtimes.runtimes_result import RowResult, RuntimesResult
from perbillion.runtimes.runtimes_text import left_of, row_title
from perbillion.runtimes.survey_result import SurveyResult
from perbillion.runtimes.why import why
from report.rounding import bare_interval, rounded

_COLUMNS = (
    "runtime",
    "level",
    "graph",
    "threads",
    "scalings left",
    "inverted, µs",
    "regular \N{MINUS SIGN} inverted, µs",
    "the same, %",
    "A/A control, %",
)


def runtimes_page(result: RuntimesResult, breaking_even: BreakEvenResult) -> str:
    """Write ``docs/runtimes.md``.

    Parameters
    ----------
    result : RuntimesResult
        With every row.
    breaking_even : BreakEvenResult
        With every cell.
    """
    parts = (
        HEAD,
        markdown_table(_COLUMNS, [_cells(found) for found in result.rows], texts=3),
        _machine_sentence(result) + _disturbance(result),
        HOW.format(units=result.plan.pairs, slow_units=result.plan.slow_pairs),
        "## Why",
        *_onnxruntime_parts(result),
        *_other_parts(result),
        *_not_measured_part(result),
        MAP,
        f"In this sitting the overhead is {region_sentence(breaking_even)}. "
        f"{_machine_sentence(breaking_even)} {breaking_even.version}.",
        BEFOREHAND,
        beforehand_table(result, breaking_even),
        LIMITS,
    )
    return "\n\n".join(part.strip("\n") for part in parts) + "\n"


def _cells(found: RowResult) -> list[str]:
    row, cost = found.row, found.cost
    is_levelled = row.runtime == "onnxruntime"
    named = [
        row_title(row),
        row.level if is_levelled else "",
        row.form if is_levelled else "",
        str(row.threads),
    ]
    if cost is None:
        return [*named, "not measured"]
    return [
        *named,
        left_of(found),
        rounded(cost.reference),
        bare_interval(cost.difference),
        bare_interval(cost.relative.scaled(100, "%")),
        bare_interval(cost.control.scaled(100, "%")),
    ]


def _machine_sentence(result: SurveyResult) -> str:
    machine = result.environment
    return (
        f"Measured {result.measured[:10]} on {machine.cpu}, {machine.cores} cores, Linux "
        f"{machine.kernel}, Python {machine.python}, perbillion {machine.perbillion}."
    )


def _disturbance(result: RuntimesResult) -> str:
    costs = [found.cost for found in result.rows if found.cost is not None]
    most = max((cost.steal_share + cost.foreign_share for cost in costs), default=0.0)
    detected = sum(cost.control.excludes_zero for cost in costs)
    return (
        f" The hypervisor and other processes took at most {most:.1%} of it during a row. The A/A "
        f"control's interval excludes zero in {detected} of {len(costs)} rows, where "
        f"{0.05 * len(costs):.1f} are to be expected."
    )


def _onnxruntime_parts(result: RuntimesResult) -> Iterator[str]:
    """One part a form: what each level makes of it, on one thread."""
    for form in FORMS:
        rows = [
            found
            for found in result.rows
            if (found.row.runtime, found.row.form, found.row.threads) == ("onnxruntime", form, 1)
        ]
        lines = [
            f"- **{found.row.level}**: {left_of(found)} left. {why(found)}{_executed(found)}"
            for found in rows
        ]
        if lines:
            yield f"### ONNX Runtime, `{form}`\n{FORM_TEXTS[form]}\n\n" + "\n".join(lines)
    yield f"### Two threads\n{THREADS.format(compared=_threads_compared(result))}"


def _threads_compared(result: RuntimesResult) -> str:
    """Say how far the overheads on two threads are from those on one."""
    overheads = {
        found.row: found.cost.relative.point for found in result.rows if found.cost is not None
    }
    apart = [
        abs(overhead - overheads[alone])
        for row, overhead in overheads.items()
        if row.threads > 1 and (alone := row.model_copy(update={"threads": 1})) in overheads
    ]
    if not apart:
        return "They were not measured here."
    return (
        f"The overheads are at most {100 * max(apart):.1f} percentage points from those of the "
        "same rows on one thread."
    )


def _other_parts(result: RuntimesResult) -> Iterator[str]:
    for found in result.rows:
        if found.cost is not None and found.row.runtime in OTHER_TEXTS:
            text = OTHER_TEXTS[found.row.runtime]
            yield f"### {row_title(found.row)}\n{why(found)}{_executed(found)}\n\n{text}"


def _executed(found: RowResult) -> str:
    """Say what one prediction executes, in the runtime's words."""
    return (
        f" `inverted` executes {_listed(found.inverted)}; `regular` {_listed(found.regular)}."
        f" ({found.version})"
    )


def _listed(operations: tuple[str, ...]) -> str:
    return f"`{' '.join(operations)}`"


def _not_measured_part(result: RuntimesResult) -> Iterator[str]:
    reasons: Mapping[str, str] = {
        row_title(found.row): found.why_not for found in result.rows if found.why_not
    }
    if reasons:
        lines = [f"- {title}: {reason}." for title, reason in reasons.items()]
        yield "\n".join((NOT_MEASURED, *lines))
