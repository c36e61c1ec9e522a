"""The page about overload."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from matplotlib.axes import Axes

from benchmarks.pages import markdown
from benchmarks.pages.chart import COLOURS, THOUSANDS, new_figure, svg
from benchmarks.pages.page import Page
from benchmarks.pages.summary import Spread
from benchmarks.peers.overload import (
    NAME,
    Latency,
    OverloadedModel,
    OverloadResult,
    OverloadRound,
)
from report.svg import drawing_style

_TARGET = 0.9
# A generator that sends later than this is not an open loop any more.
_LATE_MS = 5.0


def overload_page(result: OverloadResult) -> Page:
    """Make the page of a result."""
    parts = "\n".join(_model_part(model) for model in result.models)
    text = (
        f"# At {result.factor:g} times the capacity\n\n"
        "Capacity is what wrk's closed loop reaches, directly before, on the same server. Then "
        f"requests fall due evenly at {result.factor:g} times that rate for {result.seconds:g} s, "
        f"whatever becomes of the answers, over at most {result.connections} connections; a "
        'request that finds all of them taken is not sent and counts as "no connection". '
        f"Latency is counted from when a request was due; the first {result.warm_up_seconds:g} s "
        "are left out. Goodput is answers with 200. Medians of the rounds, ranges in brackets; "
        f"the target for goodput is {_TARGET} of the capacity.\n\n"
        f"{parts}\n![{NAME}]({NAME}.svg)\n\n{result.sitting.sentence()}\n"
    )
    return Page(NAME, text, _chart(result))


def _model_part(model: OverloadedModel) -> str:
    rounds = model.rounds
    goodput = Spread.of([one.goodput_hz / one.capacity_hz for one in rounds])
    rows = [
        ["capacity, requests/s", markdown.count(median(one.capacity_hz for one in rounds))],
        ["offered, requests/s", markdown.count(median(one.offered_hz for one in rounds))],
        ["goodput / capacity", markdown.ratio(goodput)],
        ["target", "met" if goodput.median >= _TARGET else "not met"],
        *_status_rows(rounds),
        ["refusals with Retry-After", _retry_after(rounds)],
        ["refused: p50 / p99 ms", _latency([one.refused for one in rounds])],
        ["accepted: p50 / p99 ms", _latency([one.accepted for one in rounds])],
        ["generator late: p50 / p99 ms", _latency([one.lateness for one in rounds])],
        ["resident MB before / peak / after", _memory(rounds)],
    ]
    widths = "-".join(str(width) for width in model.widths)
    count = len(rounds)
    heading = f"## {model.name}, {widths}, {count} {'round' if count == 1 else 'rounds'}"
    return f"{heading}\n\n{markdown.table(('', 'measured'), rows)}{_lateness_note(rounds)}"


def _status_rows(rounds: Sequence[OverloadRound]) -> list[list[str]]:
    offered = sum(sum(one.counts.values()) for one in rounds)
    totals = {
        status: sum(one.counts.get(status, 0) for one in rounds)
        for status in sorted({status for one in rounds for status in one.counts})
    }
    return [[f"requests: {name}", f"{total / offered:.1%}"] for name, total in totals.items()]


def _retry_after(rounds: Sequence[OverloadRound]) -> str:
    shares = [one.retry_after_share for one in rounds if one.retry_after_share is not None]
    return f"{min(shares):.0%}" if shares else "no refusals"


def _latency(latencies: Sequence[Latency | None]) -> str:
    known = [one for one in latencies if one is not None]
    if not known:
        return "none"
    p50, p99 = median(one.p50_ms for one in known), median(one.p99_ms for one in known)
    return f"{p50:,.2f} / {p99:,.2f}"


def _lateness_note(rounds: Sequence[OverloadRound]) -> str:
    late = max((one.lateness.p99_ms for one in rounds if one.lateness is not None), default=0)
    if late <= _LATE_MS:
        return ""
    return f"\nThe generator did not keep up: {late:.1f} ms late at the 99th percentile.\n"


def _memory(rounds: Sequence[OverloadRound]) -> str:
    memories = [one.memory for one in rounds]
    highest = (
        max(memory.before for memory in memories),
        max(memory.peak for memory in memories),
        max(memory.after for memory in memories),
    )
    return " / ".join(markdown.megabytes(size) for size in highest)


def _chart(result: OverloadResult) -> bytes:
    with drawing_style():
        figure = new_figure(7.5, 4.6)
        panels = figure.subplots(2, len(result.models), squeeze=False, sharex=True)
        for column, model in enumerate(result.models):
            _draw_answers(panels[0][column], model)
            _draw_memory(panels[1][column], model)
        panels[0][0].set_ylabel("answers per second")
        panels[1][0].set_ylabel("resident MB")
        return svg(figure, NAME)


def _draw_answers(axes: Axes, model: OverloadedModel) -> None:
    for number, one in enumerate(model.rounds):
        seconds = [second + 0.5 for second in range(len(one.accepted_course))]
        for course, colour, label in (
            (one.accepted_course, COLOURS[0], "accepted"),
            (one.refused_course, COLOURS[1], "refused"),
        ):
            axes.plot(seconds, course, color=colour, label=label if number == 0 else None)
    capacity = median(one.capacity_hz for one in model.rounds)
    axes.axhline(capacity, color=COLOURS[5], linestyle="--", label="capacity")
    axes.set(title=model.name, ylim=(0, None))
    axes.yaxis.set_major_formatter(THOUSANDS)
    axes.legend()


def _draw_memory(axes: Axes, model: OverloadedModel) -> None:
    for one in model.rounds:
        seconds = [second for second, _ in one.memory.course]
        axes.plot(seconds, [size / 1e6 for _, size in one.memory.course], color=COLOURS[2])
    highest = max(one.memory.peak for one in model.rounds) / 1e6
    axes.set(xlabel="seconds", ylim=(0, 1.2 * highest))
