"""The page about rows per request."""

from __future__ import annotations

from benchmarks.pages import markdown
from benchmarks.pages.chart import COLOURS, new_figure, svg
from benchmarks.pages.page import Page
from benchmarks.pages.summary import Spread
from benchmarks.peers.result import others_sentence
from benchmarks.peers.rows import NAME, RowsResult
from report.svg import drawing_style

_TARGET_ROWS = 256
_TARGET_RATIO = 0.5


def rows_page(result: RowsResult) -> Page:
    """Make the page of a result."""
    text = (
        "# Predictions per second against rows per request\n\n"
        "The same model (784-75-45-10, float32) over HTTP with binary tensors, and in a bare ONNX "
        "Runtime session that is opened alike, each alone on the same core, one directly after the "
        f"other: {result.seconds} s each, {result.rounds} "
        f"{'round' if result.rounds == 1 else 'rounds'}; wrk with {result.connections} "
        "connections on another core. Medians; in brackets the smallest and the largest ratio of "
        f"a round. The target is {_TARGET_RATIO} at {_TARGET_ROWS} rows.\n\n"
        f"{_table(result)}\n![{NAME}]({NAME}.svg)\n\n"
        f"{_others(result)} {result.sitting.sentence()}\n"
    )
    return Page(NAME, text, _chart(result))


def _table(result: RowsResult) -> str:
    rows = []
    for size in result.sizes:
        met = ""
        if size.rows == _TARGET_ROWS:
            met = "met" if size.ratio.median >= _TARGET_RATIO else "not met"
        rows.append(
            [
                str(size.rows),
                markdown.count(Spread.of([one.requests_per_second for one in size.windows]).median),
                markdown.count(Spread.of(size.served_rows_per_second).median),
                markdown.count(Spread.of(size.bare_rows_per_second).median),
                markdown.ratio(size.ratio),
                met,
            ]
        )
    columns = ("rows", "requests/s", "predictions/s", "bare session", "ratio", "target")
    return markdown.table(columns, rows)


def _others(result: RowsResult) -> str:
    return others_sentence(window for size in result.sizes for window in size.windows)


def _chart(result: RowsResult) -> bytes:
    sizes = [size.rows for size in result.sizes]
    served = [Spread.of(size.served_rows_per_second).median for size in result.sizes]
    bare = [Spread.of(size.bare_rows_per_second).median for size in result.sizes]
    with drawing_style():
        figure = new_figure(7.5, 3.4)
        rates, shares = figure.subplots(1, 2)
        rates.plot(sizes, bare, color=COLOURS[5], label="bare session", linestyle="--")
        rates.plot(sizes, served, color=COLOURS[0], label="perbillion, binary", marker="o")
        rates.set(xscale="log", yscale="log", ylabel="predictions per second", xlabel="rows")
        rates.legend()
        spreads = [size.ratio for size in result.sizes]
        medians = [spread.median for spread in spreads]
        below = [spread.median - spread.low for spread in spreads]
        above = [spread.high - spread.median for spread in spreads]
        shares.errorbar(sizes, medians, (below, above), color=COLOURS[0], marker="o")
        shares.plot(
            [_TARGET_ROWS], [_TARGET_RATIO], "x", color=COLOURS[1], label="target", markersize=9
        )
        shares.set(xscale="log", ylim=(0, 1), ylabel="of the bare session", xlabel="rows")
        shares.legend()
        for axes in (rates, shares):
            axes.set_xticks(sizes, [str(size) for size in sizes], rotation=45)
            axes.minorticks_off()
        return svg(figure, NAME)
