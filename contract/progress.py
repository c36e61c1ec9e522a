"""How a stage tells what it is doing, without knowing who listens."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Receives a stage's progress; the console draws it, a test records it."""

    def begin(self, task: str, total: int) -> None:
        """Start a task of `total` steps; the task before it is over."""

    def advance(self, note: str = "") -> None:
        """One step of the task is done; `note` is a figure worth showing, such as a loss."""

    def note(self, text: str) -> None:
        """Show a figure beside the task, in place of the one before; nothing counts as done."""

    def say(self, line: str) -> None:
        """Tell a fact worth keeping on the screen."""


class SilentProgress:
    """Nobody listens."""

    def begin(self, task: str, total: int) -> None:
        """Ignore it."""

    def advance(self, note: str = "") -> None:
        """Ignore it."""

    def note(self, text: str) -> None:
        """Ignore it."""

    def say(self, line: str) -> None:
        """Ignore it."""
