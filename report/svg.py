"""Matplotlib figures as SVG that stands in a page: no script, no font, the same every time."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from contextlib import contextmanager
from io import StringIO

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.typing import RcKeyType

# Ink takes the page's text colour, light or dark: this stand-in, in which nothing else is
# drawn, is replaced once the figure is written.
INK = "#010203"

_STYLE: dict[RcKeyType, object] = {
    "font.family": "DejaVu Sans",
    "font.size": 9.5,
    "axes.titlesize": 9.5,
    "axes.titlelocation": "left",
    "axes.titleweight": "bold",
    "axes.titlecolor": INK,
    "axes.labelsize": 9,
    "axes.labelcolor": INK,
    "axes.edgecolor": INK,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.facecolor": "none",
    "axes.grid": True,
    "axes.axisbelow": True,
    "grid.color": INK,
    "grid.alpha": 0.13,
    "grid.linewidth": 0.6,
    "legend.fontsize": 9,
    "legend.frameon": False,
    "text.color": INK,
    "xtick.labelsize": 9,
    "xtick.color": INK,
    "xtick.major.width": 0.6,
    "ytick.labelsize": 9,
    "ytick.color": INK,
    "ytick.major.width": 0.6,
    "figure.facecolor": "none",
    "figure.constrained_layout.use": True,
    "svg.fonttype": "none",
}

_OPENING = re.compile(r'^.*?<svg [^>]*?viewBox="([^"]*)"[^>]*>', re.DOTALL)
_NOT_NEEDED = re.compile(
    r"\s*<metadata>.*?</metadata>"
    r"|\s*<defs>\s*<style[^>]*>[^<]*</style>\s*</defs>"  # would hold for the whole page
    r'| id="[A-Za-z0-9.]+_\d+"'  # groups: numbered alike in every figure, referred to by none
    r"|font-family: [^;\"]*; "  # the page has its own
    r'| transform="rotate\(-0 [^"]*\)"',
    re.DOTALL,
)
_TAG = re.compile(r"<[^>]*>")
_LONG_DECIMAL = re.compile(r"(\d\.\d\d)\d+")


@contextmanager
def drawing_style() -> Iterator[None]:
    """Draw figures in the report's style."""
    with mpl.rc_context(_STYLE):
        yield


def inline_svg(figure: Figure, name: str, title: str, description: str) -> str:
    """Write a figure as one SVG element that stands in an HTML page and takes its width.

    Parameters
    ----------
    figure : Figure
        Drawn in `drawing_style`.
    name : str
        Short, its own on the page: ids are made from it.
    title, description : str
        What it shows, for those who do not see it.
    """
    stream = StringIO()
    with drawing_style(), mpl.rc_context({"svg.hashsalt": name}):
        figure.savefig(stream, format="svg", metadata={"Date": None})
    written = stream.getvalue()
    opening = _OPENING.match(written)
    if opening is None:
        raise ValueError("Matplotlib wrote an SVG without a viewBox")
    head = (
        f'<svg class="figure" role="img" aria-labelledby="{name}-title {name}-description" '
        f'viewBox="{opening.group(1)}">\n'
        f'<title id="{name}-title">{html.escape(title)}</title>\n'
        f'<desc id="{name}-description">{html.escape(description)}</desc>'
    )
    body = _NOT_NEEDED.sub("", written[opening.end() :])
    body = _TAG.sub(_with_short_coordinates, body).replace(INK, "currentColor")
    # In SVG 2, and so in a page, a reference needs no namespace.
    return head + body.replace("xlink:href", "href").rstrip() + "\n"


def _with_short_coordinates(tag: re.Match[str]) -> str:
    """Cut coordinates to hundredths of a point: tags only, for texts hold results."""
    return _LONG_DECIMAL.sub(r"\1", tag.group())
