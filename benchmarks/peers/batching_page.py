"""The page about dynamic batching."""

from __future__ import annotations

from benchmarks.pages import markdown
from benchmarks.pages.chart import COLOURS, THOUSANDS, new_figure, svg
from benchmarks.pages.page import Page
from benchmarks.pages.summary import Spread
from benchmarks.peers.batching import NAME, BatchingModel, BatchingPoint, BatchingResult
from benchmarks.peers.result import Window, others_sentence
from report.svg import drawing_style

_TARGET_MODEL = "large"
_TARGET_CONNECTIONS = 32
_TARGET_RATIO = 2.0


def batching_page(result: BatchingResult) -> Page:
    """Make the page of a result."""
    parts = "\n".join(_model_part(model) for model in result.models)
    text = (
        "# Throughput against connections, with dynamic batching off and on\n\n"
        "One row a request, binary tensors; each connection has one request in flight (wrk). "
        f"{result.seconds} s a point, {result.rounds} "
        f"{'round' if result.rounds == 1 else 'rounds'}, off and on directly after one another. "
        "Medians; in brackets the smallest and the largest ratio of a round. The target is "
        f"{_TARGET_RATIO:g} at {_TARGET_CONNECTIONS} connections for the model "
        f"`{_TARGET_MODEL}`. Batching is switched on by `model.toml`:\n\n"
        f"```toml\n{result.settings}```\n\n"
        f"{parts}\n![{NAME}]({NAME}.svg)\n\n{_others(result)} {result.sitting.sentence()}\n"
    )
    return Page(NAME, text, _chart(result))


def _model_part(model: BatchingModel) -> str:
    columns = (
        *("connections", "off, requests/s", "on, requests/s", "on / off", "rows a batch"),
        *("off p99 ms", "on p99 ms", "target"),
    )
    rows = [_row(point, model.name) for point in model.points]
    widths = "-".join(str(width) for width in model.widths)
    return f"## {model.name}, {widths}\n\n{markdown.table(columns, rows)}"


def _row(point: BatchingPoint, model: str) -> list[str]:
    sizes = [size for size in point.batch_size if size is not None]
    met = ""
    if model == _TARGET_MODEL and point.connections == _TARGET_CONNECTIONS:
        met = "met" if point.ratio.median >= _TARGET_RATIO else "not met"
    return [
        str(point.connections),
        markdown.count(_rate(point.off).median),
        markdown.count(_rate(point.on).median),
        markdown.ratio(point.ratio),
        markdown.count(Spread.of(sizes).median) if sizes else "not told",
        markdown.milliseconds(Spread.of([window.p99_us for window in point.off]).median),
        markdown.milliseconds(Spread.of([window.p99_us for window in point.on]).median),
        met,
    ]


def _rate(windows: tuple[Window, ...]) -> Spread:
    return Spread.of([window.requests_per_second for window in windows])


def _others(result: BatchingResult) -> str:
    points = [point for model in result.models for point in model.points]
    return others_sentence(window for point in points for window in (*point.off, *point.on))


def _chart(result: BatchingResult) -> bytes:
    with drawing_style():
        figure = new_figure(7.5, 3.2)
        panels = figure.subplots(1, len(result.models), squeeze=False)[0]
        for axes, model in zip(panels, result.models, strict=True):
            connections = [point.connections for point in model.points]
            off = [_rate(point.off).median for point in model.points]
            on = [_rate(point.on).median for point in model.points]
            axes.plot(connections, off, color=COLOURS[5], marker="s", linestyle="--", label="off")
            axes.plot(connections, on, color=COLOURS[0], marker="o", label="on")
            axes.set(title=model.name, xscale="log", xlabel="connections", ylim=(0, None))
            axes.set_xticks(connections, [str(count) for count in connections])
            axes.minorticks_off()
            axes.yaxis.set_major_formatter(THOUSANDS)
            axes.legend()
        panels[0].set_ylabel("requests per second")
        return svg(figure, NAME)
