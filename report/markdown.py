"""report.md: the answer and the tables as text."""

from __future__ import annotations

from report.page import Page
from report.tables.table import Table


def render_markdown(page: Page) -> str:
    """Return the report as Markdown (CommonMark with GitHub's tables), without pictures."""
    verdict = (f"## Verdict: {page.verdict}", *page.verdict_text)
    answer = ("## Answer", _list(page.answer))
    parts = [
        f"# {page.title}",
        page.subtitle,
        *((*answer, *verdict) if page.counts else (*verdict, *answer)),
        *(_table(table) for table in (page.ladder, *page.results, *page.validity, *page.function)),
        *(() if page.claims is None else (_table(page.claims),)),
        "## Limits",
        _list(page.limits),
        _table(page.environment),
        "## How to repeat it",
        "```sh\n" + "\n".join(page.commands) + "\n```",
        "Pictures are in report.html, every figure in result.json.",
    ]
    return "\n\n".join(parts) + "\n"


def _list(lines: tuple[str, ...]) -> str:
    return "\n".join(f"- {line}" for line in lines)


def _table(table: Table) -> str:
    parts = [f"## {table.title}"]
    if table.note:
        parts.append(table.note)
    if table.rows:
        lines = (_row(table.head), _row(("---",) * len(table.head)), *map(_row, table.rows))
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def _row(cells: tuple[str, ...]) -> str:
    return "| " + " | ".join(cell.replace("|", "\\|").replace("\n", "; ") for cell in cells) + " |"
