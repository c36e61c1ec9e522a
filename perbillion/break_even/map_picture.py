"""The map, drawn: a field a cell, its colour the overhead, the region beyond the margin framed."""

from __future__ import annotations

from dataclasses import dataclass
from io import StringIO

import matplotlib as mpl
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.patches import Patch, Rectangle

from perbillion.break_even.break_even_result import MARGIN, BreakEvenResult, Cell, Place
from perbillion.break_even.map_region import outline
from report.rounding import bare_interval
from report.svg import INK, drawing_style

_NAME = "break-even"
_FIELD_INCHES = (1.12, 0.62)
_AROUND_INCHES = (1.0, 1.6)
_FRAME_WIDTH = 2.6
_HATCH = "////"
_PALE = "#ffffff"


@dataclass(frozen=True, slots=True)
class Shade:
    """A range of overheads and its colour.

    Attributes
    ----------
    below : float
        The range's upper end, in per cent; its lower end is the upper end of the one before.
    colour, ink : str
        Of the field, and of what is written on it.
    label : str
        For the legend.
    """

    below: float
    colour: str
    ink: str
    label: str


# Blue and orange are told apart with every kind of colour-blindness, and each is darker the
# further it is from zero. From faster to slower; grey is the margin.
SHADES = (
    Shade(-100 * MARGIN, "#8dbfe6", INK, "faster by more than 1 %"),
    Shade(100 * MARGIN, "#e8e8e8", INK, "within ±1 %"),
    Shade(2, "#fde0c5", INK, "slower by 1 to 2 %"),
    Shade(5, "#f6b27a", INK, "2 to 5 %"),
    Shade(10, "#e0762a", INK, "5 to 10 %"),
    Shade(float("inf"), "#8f3b0b", _PALE, "more than 10 %"),
)


def map_svg(result: BreakEvenResult) -> str:
    """Draw a map, as an SVG file that stands by itself on white; the same every time.

    A field is labelled with the overhead and its interval in per cent. Where the interval holds an
    edge of the margin the field is hatched and says so.
    """
    plan = result.plan
    across = len(plan.batches) * _FIELD_INCHES[0] + _AROUND_INCHES[0]
    down = len(plan.widths) * _FIELD_INCHES[1] + _AROUND_INCHES[1]
    stream = StringIO()
    with drawing_style(), mpl.rc_context({"svg.hashsalt": _NAME, "hatch.linewidth": 0.5}):
        figure = Figure(figsize=(across, down))
        _draw(figure.subplots(), result)
        figure.legend(handles=_legend(), loc="outside lower center", ncols=4)
        figure.savefig(stream, format="svg", facecolor="white", metadata={"Date": None})
    return "".join(f"{line.rstrip()}\n" for line in stream.getvalue().splitlines())


def shade_of(ratio: float) -> Shade:
    """Return the range that an overhead falls into."""
    return next(shade for shade in SHADES if 100 * ratio < shade.below)


def _draw(axes: Axes, result: BreakEvenResult) -> None:
    plan = result.plan
    places = {
        (plan.batches.index(cell.batch), plan.widths.index(cell.width)): cell
        for cell in result.cells
    }
    for place, cell in places.items():
        _draw_cell(axes, place, cell)
    for ends in outline([place for place, cell in places.items() if cell.place is Place.BEYOND]):
        axes.plot(
            *zip(*ends, strict=True), color=INK, linewidth=_FRAME_WIDTH, zorder=4, clip_on=False
        )
    axes.set_xlim(0, len(plan.batches))
    axes.set_ylim(0, len(plan.widths))
    axes.set_xticks([place + 0.5 for place in range(len(plan.batches))], map(str, plan.batches))
    axes.set_yticks([place + 0.5 for place in range(len(plan.widths))], map(str, plan.widths))
    axes.set_xlabel("rows of a request")
    axes.set_ylabel("width of both hidden layers")
    axes.set_title("regular \N{MINUS SIGN} inverted, % of inverted")
    axes.grid(visible=False)
    axes.tick_params(length=0)
    for spine in axes.spines.values():
        spine.set_visible(False)


def _draw_cell(axes: Axes, place: tuple[int, int], cell: Cell) -> None:
    shade = shade_of(cell.cost.relative.point)
    is_open = cell.place is Place.OPEN
    field = Rectangle(
        place,
        1,
        1,
        facecolor=_PALE if is_open else shade.colour,
        edgecolor="#b0b0b0" if is_open else _PALE,
        hatch=_HATCH if is_open else None,
        linewidth=0.8,
    )
    field.set_gid(f"cell-{cell.width}-{cell.batch}-{cell.place}")
    axes.add_patch(field)
    told = bare_interval(cell.cost.relative.scaled(100, "%"))
    text = f"not resolved\n{told}" if is_open else told
    axes.text(
        place[0] + 0.5,
        place[1] + 0.5,
        text,
        ha="center",
        va="center",
        fontsize=8,
        color=INK if is_open else shade.ink,
        bbox={"facecolor": _PALE, "linewidth": 0, "pad": 1.5} if is_open else None,
    )


def _legend() -> list[Patch | Line2D]:
    fields: list[Patch | Line2D] = [
        Patch(facecolor=shade.colour, label=shade.label) for shade in SHADES
    ]
    hatched = Patch(facecolor=_PALE, edgecolor="#b0b0b0", hatch=_HATCH, label="not resolved")
    frame = Line2D([], [], color=INK, linewidth=_FRAME_WIDTH, label="whole interval beyond ±1 %")
    return [*fields, hatched, frame]
