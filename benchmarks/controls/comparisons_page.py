"""The page about comparisons of models whose answer is known."""

from __future__ import annotations

from benchmarks.controls.comparisons import NAME
from benchmarks.controls.comparisons_result import Compared, ComparisonsResult
from benchmarks.pages import markdown
from benchmarks.pages.chart import COLOURS, new_figure, svg
from benchmarks.pages.machine import machine_sentence
from benchmarks.pages.page import Page
from report.result import LadderRow
from report.rounding import number, percent, significant, with_interval
from report.svg import drawing_style
from report.tables.table import NOTHING
from report.wording import MINUS
from stats.verdict import VerdictKind


def comparisons_page(result: ComparisonsResult) -> Page:
    """Make the page of a result."""
    plan, extra = result.plan, result.extra
    text = (
        "# Comparisons whose answer is known\n\n"
        f"`perbillion compare` on made-up networks of the lecture's shape, factor 0.6: "
        f"{plan.pairs} units of each instrument, {plan.rounds:,} rounds a process, "
        f"{plan.seconds:g} s of rounds a server start, other seeds in every comparison.\n\n"
        f"{_table(result)}\n"
        f"![{NAME}]({NAME}.svg)\n\n"
        f"The extra scalings: {extra.nodes} multiplications more in b, the same function to the "
        f"bit. In process the comparison says {percent(extra.in_process)} (99.9 %), processes "
        f"that know nothing of it {percent(extra.independent)}; they lie "
        f"{percent(extra.apart)} apart, which {'holds' if extra.meets else 'DOES NOT HOLD'} "
        f"zero. In microseconds the independent figure is "
        f"{with_interval(extra.independent_us)} (95 %). What the comparison's ladder says beside "
        "it:\n\n"
        f"{_ladder(extra.ladder)}\n"
        f"{machine_sentence(result.measured, result.environment)}\n"
    )
    return Page(NAME, text, _chart(result))


def _table(result: ComparisonsResult) -> str:
    same = len(result.same)
    valid = sum(one.verdict is not VerdictKind.INVALID for one in result.same)
    rows = [
        ["a model with itself: SLOWER or FASTER", f"{result.claims} of {same}", "0"],
        [
            "a model with itself: detected in CPU per request",
            f"{result.detected} of {same}",
            f"at most {result.most_detected}",
        ],
        ["a model with itself: runs that count", f"{valid} of {same}", ""],
        ["regular beside inverted, in process", _in_process(result.scaled), "above zero"],
        [
            "regular beside inverted, CPU per request",
            _served(result.scaled),
            "",
        ],
        ["folded beside regular, in process", _in_process(result.folded), "below zero"],
        ["folded beside regular, CPU per request", _served(result.folded), ""],
        [
            "folded and regular compute one function",
            "yes" if result.folded.same_function else "NO",
            "yes",
        ],
        [
            "two different networks: exit code, starts before it",
            f"{result.other_exit_code}, {result.other_starts}",
            "6, 0",
        ],
    ]
    return markdown.table(("", "found", "target"), rows)


def _in_process(compared: Compared) -> str:
    return percent(compared.in_process)


def _served(compared: Compared) -> str:
    return f"{percent(compared.cpu_per_request)}, {compared.verdict}"


def _ladder(rows: tuple[LadderRow, ...]) -> str:
    told = [
        [row.level, row.instrument, _size(row), _reference(row)] for row in rows if not row.missing
    ]
    return markdown.table(("level", "measured by", f"b {MINUS} a", "a itself"), told)


def _size(row: LadderRow) -> str:
    if row.difference is not None:
        return with_interval(row.difference)
    return NOTHING if row.exact is None else f"{number(row.exact, 0)} {row.unit}"


def _reference(row: LadderRow) -> str:
    if row.reference is None:
        return NOTHING
    figure = significant(row.reference, 3) if row.exact is None else number(row.reference, 0)
    return f"{figure} {row.unit}"


def _chart(result: ComparisonsResult) -> bytes:
    shown = (*result.same, result.scaled, result.folded)
    with drawing_style():
        figure = new_figure(7.5, 3.2)
        axes = figure.subplots()
        axes.axhspan(-1, 1, color=COLOURS[5], alpha=0.15, linewidth=0, label="margin")
        axes.axhline(0, color=COLOURS[5], linewidth=1)
        for place, colour, label in (
            (range(len(result.same)), COLOURS[0], "a model with itself"),
            ((len(result.same),), COLOURS[1], "regular beside inverted"),
            ((len(result.same) + 1,), COLOURS[2], "folded beside regular"),
        ):
            chosen = [shown[number].cpu_per_request for number in place]
            axes.errorbar(
                [number + 1 for number in place],
                [100 * estimate.point for estimate in chosen],
                yerr=[100 * (estimate.half_width or 0.0) for estimate in chosen],
                fmt="o",
                markersize=4,
                color=colour,
                label=label,
            )
        axes.set(xlabel="comparison", ylabel="difference of CPU per request, %")
        axes.legend(loc="upper left", ncols=2)
        return svg(figure, NAME)
