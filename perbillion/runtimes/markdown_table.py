"""A table in Markdown."""

from __future__ import annotations

from collections.abc import Sequence


def markdown_table(columns: Sequence[str], rows: Sequence[Sequence[str]], *, texts: int) -> str:
    """Return a table; a short row is filled up with empty cells.

    Parameters
    ----------
    columns : sequence of str
        The heads.
    rows : sequence of sequences of str
        The cells.
    texts : int
        How many columns, from the left, are text and set to the left; the others are figures.
    """
    sides = [":--" if place < texts else "--:" for place in range(len(columns))]
    filled = [[*row, *[""] * (len(columns) - len(row))] for row in rows]
    lines = (columns, sides, *filled)
    return "".join(f"| {' | '.join(cell.replace('|', '/') for cell in line)} |\n" for line in lines)
