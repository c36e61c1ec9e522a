"""claims.html: the ledger as one file that opens without network, script or font of its own."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from markupsafe import Markup, escape

from contract.ledger import Ledger, SettledClaim
from report.html import environment as page_environment
from report.lecture.ledger_tables import figure_table, making_table, network_table
from report.lecture.verdict_text import Tone, tally, tone_of
from report.pictures.picture import Picture
from report.rounding import glued
from report.tables.table import Table

TITLE = "The lecture's claims, settled"
LECTURE = (
    "S. Raschka's lecture STAT453, L10.5.4, “Dropout in PyTorch”, claim by claim: what was "
    "measured, and what it came to."
)
_TEMPLATE = "lecture.html.j2"
_CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True, slots=True)
class ClaimSection:
    """A claim as the page shows it.

    Attributes
    ----------
    settled : SettledClaim
        The claim.
    tone : str
        How its verdict is coloured.
    figures : Table
        What was measured; without rows where the reason says it all.
    pictures : tuple of Picture
        What there is to see.
    """

    settled: SettledClaim
    tone: Tone
    figures: Table
    pictures: tuple[Picture, ...]


@dataclass(frozen=True, slots=True)
class LedgerPage:
    """The page's content.

    Attributes
    ----------
    title, subtitle, tally : str
        What it is about, and how many claims came to what.
    claims : tuple of ClaimSection
        In the lecture's order.
    networks, making : Table
        All trained networks; how the ledger was made.
    """

    title: str
    subtitle: str
    tally: str
    claims: tuple[ClaimSection, ...]
    networks: Table
    making: Table


def ledger_page(ledger: Ledger, pictures: Mapping[str, tuple[Picture, ...]]) -> LedgerPage:
    """Put the page's content together.

    Parameters
    ----------
    ledger : Ledger
        What became of the claims.
    pictures : mapping of str to tuple of Picture
        By claim, as ``pictures_of_lecture`` returns them.
    """
    return LedgerPage(
        title=TITLE,
        subtitle=LECTURE,
        tally=tally(ledger.claims),
        claims=tuple(
            ClaimSection(
                settled=claim,
                tone=tone_of(claim.verdict),
                figures=figure_table(claim),
                pictures=pictures.get(claim.id, ()),
            )
            for claim in ledger.claims
        ),
        networks=network_table(ledger.evidence),
        making=making_table(ledger),
    )


def render_ledger(page: LedgerPage) -> str:
    """Return the ledger as a self-contained HTML page; every text is escaped."""
    environment = page_environment()
    environment.filters["prose"] = _prose
    return environment.get_template(_TEMPLATE).render(page=page)


def _prose(text: str) -> Markup:
    """Escape a text, keep its quantities in one piece, and set what stands in backticks as code."""
    return Markup(_CODE.sub(r"<code>\1</code>", str(escape(glued(text)))))  # noqa: S704 - escaped
