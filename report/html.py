"""report.html: one file that opens without network, script or font of its own."""

from __future__ import annotations

import jinja2
from markupsafe import Markup, escape

from report.comparison.comparison_page import ComparisonPage
from report.page import Page
from report.pictures.picture import Picture
from report.rounding import glued

_REPORT = "report.html.j2"
_COMPARISON = "comparison.html.j2"


def render_html(page: Page, pictures: tuple[Picture, ...]) -> str:
    """Return the report as a self-contained HTML page.

    Parameters
    ----------
    page : Page
        What it says; every text is escaped.
    pictures : tuple of Picture
        What it shows.
    """
    return environment().get_template(_REPORT).render(page=page, pictures=pictures)


def render_comparison(page: ComparisonPage) -> str:
    """Return the page of a comparison at several batch sizes.

    Parameters
    ----------
    page : ComparisonPage
        What it says; every text is escaped.
    """
    return environment().get_template(_COMPARISON).render(page=page)


def environment() -> jinja2.Environment:
    """Return what renders every page, with the filters that they share."""
    made = jinja2.Environment(
        loader=jinja2.PackageLoader("report"),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )
    made.filters["quantities"] = _quantities
    made.filters["drawing"] = _drawing
    return made


def _quantities(text: str) -> Markup:
    """Escape a text, keep its quantities in one piece and its line breaks."""
    return Markup("<br>").join(escape(line) for line in glued(text).split("\n"))


def _drawing(picture: Picture) -> Markup:
    # Matplotlib wrote it and escapes every text in it.
    return Markup(picture.svg)  # noqa: S704 - see above
