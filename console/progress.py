"""Progress for people: a bar on a terminal, plain lines without one."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskID, TextColumn, TimeRemainingColumn


class ConsoleProgress:
    """Draws progress on standard error, so that standard output stays the answer's.

    Use it as a context manager: leaving it takes the bar away.

    Parameters
    ----------
    console : Console, optional
        Where to draw; Rich honours ``NO_COLOR`` and tells whether it is a terminal.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console(stderr=True, highlight=False)
        self._bar = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            TextColumn("{task.completed:.0f}/{task.total:.0f} {task.fields[note]}"),
            TimeRemainingColumn(),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        self._bar.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bar.stop()

    def begin(self, task: str, total: int) -> None:
        """Start a task; without a terminal, one line says so."""
        if self._task is not None:
            self._bar.remove_task(self._task)
        self._task = self._bar.add_task(task, total=total, note="")
        if not self._console.is_terminal:
            self._console.print(task)

    def advance(self, note: str = "") -> None:
        """One step is done."""
        if self._task is not None:
            self._bar.update(self._task, advance=1)
        if note:
            self.note(note)

    def note(self, text: str) -> None:
        """Show a figure beside the bar; without a terminal it is not shown."""
        if self._task is not None:
            self._bar.update(self._task, note=text)

    def say(self, line: str) -> None:
        """Print a line that stays, above the bar where there is one."""
        # soft_wrap: a path or command that is broken into lines cannot be copied.
        self._console.print(line, markup=False, soft_wrap=True)
