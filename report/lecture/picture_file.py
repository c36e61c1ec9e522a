"""A picture as a file of its own."""

from __future__ import annotations

import re

from report.pictures.picture import Picture

_OPENING = re.compile(r'<svg class="figure" (?P<facts>[^>]*viewBox="0 0 (?P<size>[^"]*)")>')
# What the page says of its figures: a file says it itself, on white, for where it is shown may be
# light or dark.
_LOOK = (
    "color: #1b1f23; font-family: 'Liberation Sans', Arial, sans-serif; "
    "stroke-linejoin: round; stroke-linecap: butt"
)


def picture_file(picture: Picture) -> str:
    """Return the drawing as an SVG file that stands by itself, on white.

    Raises
    ------
    ValueError
        If it is no drawing of ``report.svg.inline_svg``.
    """
    opening = _OPENING.match(picture.svg)
    if opening is None:
        raise ValueError(f"the picture {picture.name} was not written by report.svg")
    width, height = opening["size"].split()
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}pt" height="{height}pt" '
        f'{opening["facts"]} style="{_LOOK}">'
    )
    title, description, drawing = picture.svg[opening.end() :].lstrip().split("\n", 2)
    paper = '<rect width="100%" height="100%" fill="#ffffff"/>'
    return "\n".join((head, title, description, paper, drawing))
