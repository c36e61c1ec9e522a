"""The ledger's files: claims.json, claims.html, claims.md and its pictures."""

from __future__ import annotations

from pathlib import Path

from contract.document import write_atomically
from contract.ledger import Ledger
from report.lecture.lecture_figures import pictures_of_lecture
from report.lecture.ledger_markdown import ledger_markdown
from report.lecture.ledger_page import ledger_page, render_ledger
from report.lecture.picture_file import picture_file

_PICTURES = "pictures"


def write_ledger(ledger: Ledger, folder: Path) -> Path:
    """Write the ledger for programs and for readers, each file whole or not at all.

    Parameters
    ----------
    ledger : Ledger
        What became of the claims.
    folder : Path
        Made where there is none.

    Returns
    -------
    Path
        The page, ``claims.html``.

    Raises
    ------
    ArtifactError
        If the folder cannot be made or written to.
    """
    pictures = pictures_of_lecture(ledger.evidence)
    # All is rendered before anything is written, so that an old ledger is replaced by a new one
    # or stays.
    html = render_ledger(ledger_page(ledger, pictures))
    markdown = ledger_markdown(ledger, pictures, _PICTURES)
    page = folder / "claims.html"
    ledger.save(folder / "claims.json")
    for picture in (drawn for of_claim in pictures.values() for drawn in of_claim):
        drawing = picture_file(picture)
        write_atomically(folder / _PICTURES / f"{picture.name}.svg", drawing.encode())
    write_atomically(folder / "claims.md", markdown.encode())
    write_atomically(page, html.encode())
    return page
