"""A comparison as Markdown: what a pull request's reader wants to see."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import PurePath

from report.answer import answer_lines, verdict_lines
from report.comparison.comparison import BatchResult, Comparison
from report.comparison.comparison_text import change_sentence
from report.result import InstrumentName, Result
from report.rounding import bare_interval, dollars, percent, with_interval
from report.tables.table import NOTHING
from report.wording import MINUS
from stats.verdict import VerdictKind

_SIGNS: Mapping[VerdictKind, str] = {
    VerdictKind.SLOWER: "❌",
    VerdictKind.INVALID: "⚠️",
    VerdictKind.INCONCLUSIVE: "❔",
    VerdictKind.SLOWER_SIZE_OPEN: "❔",
}
_FINE = "✅"
_COLUMNS: tuple[tuple[InstrumentName, str], ...] = (
    ("in_process", "In process"),
    ("cpu_per_request", "CPU per request"),
    ("client_latency", "Client latency"),
)


def comparison_markdown(comparison: Comparison) -> str:
    """Return a summary (CommonMark with GitHub's tables): verdict, a row a batch size, details."""
    a, b = (PurePath(model).name for model in (comparison.a, comparison.b))
    kind = comparison.verdict
    sign = _SIGNS.get(kind, _FINE)
    head, *rows = summary_rows(comparison)
    lines = (head, ("---",) * len(head), *rows)
    changes = [
        f"{found.batch}: {change_sentence(found.change, comparison.baseline or '')}"
        for found in comparison.batches
        if found.change is not None
    ]
    parts = [
        f"### {sign} `{b}` {MINUS} `{a}`: {kind}",
        "\n".join(f"| {' | '.join(cells)} |" for cells in lines),
        "\n".join(f"- {change}" for change in changes),
        *(_details(found) for found in comparison.batches),
    ]
    return "\n\n".join(part for part in parts if part) + "\n"


def summary_rows(comparison: Comparison) -> list[tuple[str, ...]]:
    """Return a heading, then a row a batch size: differences, cost, verdict."""
    titles = (title for _, title in _COLUMNS)
    head = ("Rows a request", *titles, "Per billion predictions", "Verdict")
    return [head, *(_row(found) for found in comparison.batches)]


def _row(found: BatchResult) -> tuple[str, ...]:
    result = found.result
    sizes = (_size(result, name) for name, _ in _COLUMNS)
    return (str(found.batch), *sizes, _cost(result), str(found.verdict))


def _size(result: Result, name: InstrumentName) -> str:
    measured = result.instrument(name)
    if measured is None:
        return NOTHING
    difference = measured.difference(result.experiment.contrast)
    return f"{with_interval(difference.absolute)} ({percent(difference.relative)})"


def _cost(result: Result) -> str:
    contrast = result.experiment.contrast
    cost = result.cost(contrast, "cpu_per_request") or result.cost(contrast, "in_process")
    if cost is None:
        return NOTHING
    return f"{bare_interval(cost.core_hours)} core-hours, {dollars(cost.usd)}"


def _details(found: BatchResult) -> str:
    lines = (*verdict_lines(found.result), *answer_lines(found.result))
    told = "\n".join(f"- {line.removeprefix('- ')}" for line in lines)
    rows = "1 row" if found.batch == 1 else f"{found.batch} rows"
    return f"<details><summary>{rows} a request</summary>\n\n{told}\n\n</details>"
