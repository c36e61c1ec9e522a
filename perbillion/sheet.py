"""A table on a terminal, plain lines without one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from perbillion.finding import Finding


@dataclass(frozen=True, slots=True)
class Sheet:
    """A table of texts.

    Attributes
    ----------
    title : str
        Above it; may be empty.
    header : tuple of str
        One text a column; all empty: no header.
    rows : tuple of tuple of str
        The first column names the row.
    """

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    @classmethod
    def of(cls, title: str, findings: Iterable[Finding]) -> Sheet:
        """Lay out findings: what, here, what it means."""
        rows = tuple((found.subject, found.value, found.meaning) for found in findings)
        return cls(title, ("", "", ""), rows)

    def show(self, console: Console) -> None:
        """Print it."""
        if self.title:
            _say(console, f"{self.title}:", style="bold")
        if console.is_terminal:
            console.print(self._table())
            return
        for name, *cells in self.rows:
            headed = zip(self.header[1:], cells, strict=True)
            told = (f"{head} {cell}".strip() for head, cell in headed)
            _say(console, f"{name}: {'; '.join(told)}")

    def _table(self) -> Table:
        # Texts of their own: `[serve]` in a cell is no markup.
        table = Table(box=box.SIMPLE, show_header=any(self.header), pad_edge=False)
        for head in self.header:
            table.add_column(Text(head), overflow="fold")
        for row in self.rows:
            table.add_row(*map(Text, row))
        return table


def show_warnings(console: Console, findings: Iterable[Finding]) -> None:
    """Print what disturbs, each with what to do."""
    for found in findings:
        if found.warning is not None:
            _say(console, f"warning: {found.warning}", style="yellow")


def show_lines(console: Console, lines: Iterable[str]) -> None:
    """Print lines as they are."""
    for line in lines:
        _say(console, line)


def _say(console: Console, line: str, style: str = "") -> None:
    # soft_wrap: a command that is broken into lines cannot be copied.
    console.print(line, markup=False, highlight=False, soft_wrap=True, style=style)
