"""The page about the contenders: a table, the targets, a chart."""

from __future__ import annotations

from dataclasses import dataclass

from benchmarks.pages import markdown
from benchmarks.pages.chart import COLOURS, THOUSANDS, new_figure, svg
from benchmarks.pages.page import Page
from benchmarks.pages.summary import Spread, ratios
from benchmarks.peers.codec import NO_TENSOR
from benchmarks.peers.peers import NAME, Contested, PeersResult
from report.svg import drawing_style

_YARDSTICK = "fastapi"
_BINARY = "perbillion-binary"
_JSON = "perbillion-json"


@dataclass(frozen=True, slots=True)
class Target:
    """A ratio that the server is to reach.

    Attributes
    ----------
    what : str
        For readers.
    contender, reference : str
        Names; the ratio is of their requests per second, taken round by round.
    at_least : float
        What the median is to reach.
    """

    what: str
    contender: str
    reference: str
    at_least: float


TARGETS = (
    Target("perbillion binary / FastAPI that returns {}", _BINARY, _YARDSTICK, 0.90),
    Target("perbillion binary / Triton, Python backend", _BINARY, "triton-binary", 1.4),
    Target("perbillion JSON / MLServer JSON", _JSON, "mlserver-json", 2.0),
    Target("perbillion JSON / LitServe JSON", _JSON, "litserve-json", 2.0),
    Target("perbillion JSON / BentoML JSON", _JSON, "bentoml-json", 2.0),
    Target("perbillion JSON / Ray Serve JSON", _JSON, "ray-json", 2.0),
)


def peers_page(result: PeersResult) -> Page:
    """Make the page of a result."""
    text = (
        "# perbillion beside its peers\n\n"
        "The same model (784-75-45-10, float32, one row a request), one server at a time, all "
        "its processes on one core, driven by wrk from another: "
        f"{result.connections} connections, {result.seconds} s a turn, {result.rounds} "
        f"{'round' if result.rounds == 1 else 'rounds'}, the order dealt anew each round, the "
        "server started anew each turn. Every answer was checked against ONNX Runtime's own "
        "before the turn, and no request under load was answered with an error. Medians; in "
        "brackets the smallest and the largest ratio of a round. Others: the largest share of the "
        "machine that other processes and the hypervisor took in a turn.\n\n"
        f"{_table(result)}{_failures(result)}\n## Targets\n\n{_targets(result)}\n"
        f"![{NAME}]({NAME}.svg)\n\n{result.sitting.sentence()}\n"
    )
    return Page(NAME, text, _chart(result))


def _table(result: PeersResult) -> str:
    yardstick = result.find(_YARDSTICK)
    references = yardstick.rates if yardstick is not None else []
    rows = [_row(one, references) for one in result.contenders]
    columns = (
        *("server", "package", "body", "requests/s", "of FastAPI's GET", "p50 ms", "p99 ms"),
        "others",
    )
    return markdown.table(columns, rows)


def _row(one: Contested, references: list[float]) -> list[str]:
    who = [one.label, f"{one.package} {one.version}", one.codec]
    if not one.windows:
        return [*who, "not measured: see below"]
    relative = ratios(one.rates, references)
    return [
        *who,
        markdown.count(Spread.of(one.rates).median),
        markdown.ratio(Spread.of(relative)) if relative else "",
        markdown.milliseconds(Spread.of([window.p50_us for window in one.windows]).median),
        markdown.milliseconds(Spread.of([window.p99_us for window in one.windows]).median),
        f"{max(window.others_share for window in one.windows):.1%}",
    ]


def _failures(result: PeersResult) -> str:
    """Say who could not be measured, or not to the end, and why."""
    failed = [one for one in result.contenders if one.failure is not None]
    lines = [
        f"- {one.label}, {one.codec} ({one.package} {one.version}), after {len(one.windows)} of "
        f"{result.rounds} rounds: {one.failure}\n"
        for one in failed
    ]
    return "\nNot measured to the end:\n\n" + "".join(lines) if lines else ""


def _targets(result: PeersResult) -> str:
    rows = []
    for target in TARGETS:
        spread = target_ratio(result, target)
        if spread is None:
            rows.append([target.what, f"{target.at_least:.2f}", "not measured", ""])
            continue
        met = "yes" if spread.median >= target.at_least else "no"
        rows.append([target.what, f"{target.at_least:.2f}", markdown.ratio(spread), met])
    return markdown.table(("ratio", "at least", "measured", "met"), rows)


def target_ratio(result: PeersResult, target: Target) -> Spread | None:
    """Return the ratio of a target; None where either of the two was not measured."""
    contender, reference = result.find(target.contender), result.find(target.reference)
    if contender is None or reference is None:
        return None
    values = ratios(contender.rates, reference.rates)
    return Spread.of(values) if values else None


def _bar_label(one: Contested) -> str:
    return one.label if one.codec == NO_TENSOR.name else f"{one.label}, {one.codec}"


def _chart(result: PeersResult) -> bytes:
    measured = [one for one in result.contenders if one.windows]
    with drawing_style():
        figure = new_figure(7.5, 0.8 + 0.34 * max(len(measured), 1))
        axes = figure.subplots()
        for place, one in enumerate(measured):
            spread = Spread.of(one.rates)
            colour = COLOURS[0] if one.name.startswith("perbillion") else COLOURS[-1]
            axes.barh(place, spread.median, height=0.65, color=colour)
            axes.plot([spread.low, spread.high], [place, place], color="#010203", linewidth=1)
            axes.annotate(
                markdown.count(spread.median),
                (spread.high, place),
                xytext=(4, 0),
                textcoords="offset points",
                va="center",
            )
        axes.set_yticks(range(len(measured)), [_bar_label(one) for one in measured])
        axes.xaxis.set_major_formatter(THOUSANDS)
        axes.invert_yaxis()
        axes.margins(x=0.12)
        axes.grid(visible=False, axis="y")
        axes.set_xlabel("requests per second on one core (median, range over the rounds)")
        return svg(figure, NAME)
