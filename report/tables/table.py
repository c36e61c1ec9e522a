"""A table of text."""

from __future__ import annotations

from dataclasses import dataclass

NOTHING = "—"
"""A cell of which there is nothing to say."""


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text.

    Attributes
    ----------
    title : str
        What it is.
    note : str
        How to read it; where there are no rows, why not and how to get them.
    head : tuple of str
        Column headers; the first column holds row headers.
    rows : tuple of tuple of str
        A cell may hold several lines. None: nothing was measured.
    """

    title: str
    note: str
    head: tuple[str, ...] = ()
    rows: tuple[tuple[str, ...], ...] = ()
