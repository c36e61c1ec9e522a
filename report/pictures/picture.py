"""A drawing with what is said of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from matplotlib.figure import Figure

from report.svg import inline_svg

WIDTH_INCHES = 5.0


@dataclass(frozen=True, slots=True)
class Picture:
    """One figure of the page.

    Attributes
    ----------
    name : str
        Its id.
    title : str
        What it shows.
    caption : str
        How to read it.
    svg : str
        The drawing.
    """

    name: str
    title: str
    caption: str
    svg: str

    @classmethod
    def of(cls, figure: Figure, name: str, title: str, caption: str) -> Self:
        """Write a figure that was drawn in ``report.svg.drawing_style``."""
        return cls(name, title, caption, inline_svg(figure, name, title, caption))
