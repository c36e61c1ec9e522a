"""claims.md and docs/lecture.md: the ledger as Markdown, its pictures in files of their own."""

from __future__ import annotations

from collections.abc import Mapping

from contract.ledger import Ledger, SettledClaim
from report.lecture.ledger_page import ClaimSection, ledger_page
from report.pictures.picture import Picture
from report.tables.table import Table


def ledger_markdown(
    ledger: Ledger, pictures: Mapping[str, tuple[Picture, ...]], pictures_folder: str
) -> str:
    """Return the ledger as Markdown (CommonMark with GitHub's tables).

    Parameters
    ----------
    ledger : Ledger
        What became of the claims.
    pictures : mapping of str to tuple of Picture
        By claim, as ``pictures_of_lecture`` returns them.
    pictures_folder : str
        Where the pictures' files lie, seen from the document.
    """
    page = ledger_page(ledger, pictures)
    parts = [
        f"# {page.title}",
        page.subtitle,
        page.tally,
        _summary(ledger.claims),
        *(_claim(section, pictures_folder) for section in page.claims),
        f"## {page.networks.title}",
        page.networks.note,
        _rows(page.networks),
        f"## {page.making.title}",
        _rows(page.making),
    ]
    return "\n\n".join(parts) + "\n"


def _summary(claims: tuple[SettledClaim, ...]) -> str:
    head = ("Claim", "What the lecture says", "Verdict", "Why")
    rows = tuple(
        (f"[{claim.id}](#{claim.id.lower()})", claim.claim, str(claim.verdict), claim.because)
        for claim in claims
    )
    return _rows(Table("", "", head, rows))


def _claim(section: ClaimSection, pictures_folder: str) -> str:
    claim = section.settled
    pictures = (
        f"![{picture.title}]({pictures_folder}/{picture.name}.svg)\n\n"
        f"*{picture.title}.* {picture.caption}"
        for picture in section.pictures
    )
    parts = (
        f"## {claim.id}",
        f"> {claim.claim}",
        f"**{claim.verdict[0].upper()}{claim.verdict[1:]}.** {claim.because}",
        *pictures,
        *((_rows(section.figures),) if section.figures.rows else ()),
        f"How it was settled: {claim.how}",
    )
    return "\n\n".join(parts)


def _rows(table: Table) -> str:
    lines = (table.head, ("---",) * len(table.head), *table.rows)
    return "\n".join(
        f"| {' | '.join(cell.replace('|', chr(92) + '|') for cell in cells)} |" for cells in lines
    )
