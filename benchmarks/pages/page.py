"""Where benchmarks publish: the documents with raw rounds, and the pages made from them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pydantic import BaseModel, ConfigDict

from contract.document import Document, write_atomically

RESULTS = Path(__file__).parent.parent.parent / "docs" / "results"

Say = Callable[[str], None]


class Part(BaseModel):
    """A part of a document."""

    model_config = ConfigDict(frozen=True, extra="forbid")


@dataclass(frozen=True, slots=True)
class Page:
    """A result for readers.

    Attributes
    ----------
    name : str
        The files' name, without suffix.
    markdown : str
        Text and table.
    svg : bytes
        The chart.
    """

    name: str
    markdown: str
    svg: bytes

    def save(self, folder: Path) -> None:
        """Write the text and the chart.

        Raises
        ------
        ArtifactError
            If the folder cannot be written to.
        """
        write_atomically(folder / f"{self.name}.md", self.markdown.encode())
        write_atomically(folder / f"{self.name}.svg", self.svg)


def save(document: Document, page: Page, folder: Path) -> None:
    """Write a document and its page.

    Raises
    ------
    ArtifactError
        If the folder cannot be written to.
    """
    document.save(folder / f"{page.name}.json")
    page.save(folder)
