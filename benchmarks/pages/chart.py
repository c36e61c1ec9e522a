"""Charts as SVG files that stand by themselves, the same every time."""

from __future__ import annotations

from io import BytesIO

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import StrMethodFormatter

from report.svg import drawing_style

THOUSANDS = StrMethodFormatter("{x:,.0f}")
COLOURS = ("#2b83c6", "#dd6b20", "#16a37a", "#b05fb5", "#c9a227", "#8c8c8c")


def new_figure(width_inches: float, height_inches: float) -> Figure:
    """Return an empty figure; to be called, and drawn in, within `drawing_style`."""
    return Figure(figsize=(width_inches, height_inches))


def svg(figure: Figure, name: str) -> bytes:
    """Write a figure on white, so that it stands on a dark page too."""
    stream = BytesIO()
    with drawing_style(), mpl.rc_context({"svg.hashsalt": name}):
        figure.savefig(stream, format="svg", facecolor="white", metadata={"Date": None})
    return b"\n".join(line.rstrip() for line in stream.getvalue().splitlines()) + b"\n"
