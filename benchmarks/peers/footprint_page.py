"""The page about memory and time to ready."""

from __future__ import annotations

from benchmarks.pages import markdown
from benchmarks.pages.chart import COLOURS, new_figure, svg
from benchmarks.pages.page import Page
from benchmarks.pages.summary import Spread
from benchmarks.peers.footprint import NAME, FootprintResult
from report.svg import drawing_style

_MOST_BYTES = 200e6
_MOST_SECONDS = 2.0


def footprint_page(result: FootprintResult) -> Page:
    """Make the page of a result."""
    text = (
        f"# Memory and time to ready with {result.arms} arms\n\n"
        f"{result.arms} copies of the model 784-75-45-10 in one server on one core, started "
        f"{len(result.starts)} times. Ready is counted from the start of the process (the "
        "interpreter of the small process that holds it included) to the line on "
        f"`--ready-fd`; under load, each arm is driven for {result.seconds} s. Resident memory is "
        "of all the server's processes. Medians, ranges in brackets.\n\n"
        f"{_table(result)}\n![{NAME}]({NAME}.svg)\n\n{result.sitting.sentence()}\n"
    )
    return Page(NAME, text, _chart(result))


def _table(result: FootprintResult) -> str:
    seconds = Spread.of([start.ready_seconds for start in result.starts])
    rows = [
        _row("ready, s", seconds, 2, _MOST_SECONDS),
        _row("resident when ready, MB", _megabytes(result, "ready_bytes"), 0, _MOST_BYTES / 1e6),
        _row("resident after load, MB", _megabytes(result, "loaded_bytes"), 0, _MOST_BYTES / 1e6),
    ]
    return markdown.table(("", "measured", "at most", "met"), rows)


def _row(what: str, spread: Spread, decimals: int, most: float) -> list[str]:
    low, high = f"{spread.low:.{decimals}f}", f"{spread.high:.{decimals}f}"
    return [
        what,
        f"{spread.median:.{decimals}f} ({low}\N{EN DASH}{high})",
        f"{most:g}",
        "yes" if spread.high <= most else "no",
    ]


def _megabytes(result: FootprintResult, attribute: str) -> Spread:
    return Spread.of([getattr(start, attribute) / 1e6 for start in result.starts])


def _chart(result: FootprintResult) -> bytes:
    with drawing_style():
        figure = new_figure(7.5, 1.8)
        memory, seconds = figure.subplots(1, 2)
        values = (
            _megabytes(result, "ready_bytes").median,
            _megabytes(result, "loaded_bytes").median,
        )
        memory.barh(["when ready", "after load"], values, color=COLOURS[0], height=0.6)
        memory.axvline(_MOST_BYTES / 1e6, color=COLOURS[1], linestyle="--")
        memory.set_xlabel("resident MB (dashed: the most)")
        ready = [start.ready_seconds for start in result.starts]
        seconds.plot(ready, [0] * len(ready), "o", color=COLOURS[0])
        seconds.axvline(_MOST_SECONDS, color=COLOURS[1], linestyle="--")
        seconds.set(xlim=(0, None), yticks=[], xlabel="seconds to ready (dashed: the most)")
        for axes in (memory, seconds):
            axes.grid(visible=False, axis="y")
        return svg(figure, NAME)
