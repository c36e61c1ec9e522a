"""Tables and numbers in Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from benchmarks.pages.summary import Spread

_DASH = "\N{EN DASH}"


def table(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a table; the first column is set to the left, the others to the right.

    Parameters
    ----------
    columns : sequence of str
        The heads.
    rows : sequence of sequences of str
        The cells; a short row is filled up with empty ones.
    """
    lines = [_line(columns), _line([":--"] + ["--:"] * (len(columns) - 1))]
    for row in rows:
        cells = [cell.replace("|", "\\|") for cell in row]
        lines.append(_line(cells + [""] * (len(columns) - len(row))))
    return "\n".join(lines) + "\n"


def count(value: float) -> str:
    """Write a rate or a count: whole numbers with separators, one decimal below 100."""
    return f"{value:,.1f}" if abs(value) < 100 else f"{value:,.0f}"


def ratio(spread: Spread) -> str:
    """Write a ratio and its range over the rounds."""
    return f"{spread.median:.2f} ({spread.low:.2f}{_DASH}{spread.high:.2f})"


def milliseconds(microseconds: float) -> str:
    """Write microseconds as milliseconds."""
    return f"{microseconds / 1e3:,.2f}"


def megabytes(size_bytes: float) -> str:
    """Write bytes as megabytes of 10^6 bytes."""
    return f"{size_bytes / 1e6:,.0f}"


def _line(cells: Sequence[str]) -> str:
    return f"| {' | '.join(cells)} |"
