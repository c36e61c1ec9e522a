"""The page about how finely each method resolves."""

from __future__ import annotations

from benchmarks.pages import markdown
from benchmarks.pages.chart import COLOURS, new_figure, svg
from benchmarks.pages.machine import machine_sentence
from benchmarks.pages.page import Page
from benchmarks.resolution.figures import AGAIN, CONTRASTS, MARGIN_PERCENT, METHODS, Contrast
from benchmarks.resolution.paired_campaign import CPU, MEAN, MEDIAN, PAIRS, STARTS
from benchmarks.resolution.result import ResolutionResult, Series
from benchmarks.resolution.sitting import NAME
from benchmarks.resolution.usual_loads import WRK_CONNECTIONS
from report.svg import drawing_style

_TARGET_RATIO = 20
_TITLES: dict[Contrast, str] = {
    "again": "the same model against itself",
    "regular": "regular against inverted",
}
_LABELS = {CPU: "CPU per request", MEDIAN: "latency, paired", MEAN: "latency, mean"}


def resolution_page(result: ResolutionResult) -> Page:
    """Make the page of a result with at least one repetition."""
    plan, amounts = result.plan, result.amounts
    repetitions = len(result.repetitions)
    text = (
        "# What a load test can tell apart\n\n"
        "The usual way to compare two models under load is to serve A and load it, then to serve B "
        f"and load it, and to compare the figures. Here it is beside this project's way, "
        f"{repetitions} times each, in turns and in random order, on the same machine, with the "
        f"same server, the same cores and the same models; each has {plan.seconds:g} s for an "
        "answer, starts of servers included:\n\n"
        f"- **Locust**: a fresh server a model, {amounts.locust_seconds} s of one user's requests "
        "one after another; the mean latency and the requests per second that Locust reports.\n"
        f"- **wrk**: a fresh server a model, {amounts.wrk_seconds} s, {WRK_CONNECTIONS} "
        "connections; the same two figures as wrk reports them.\n"
        f"- **perbillion**: one campaign, {STARTS} servers in {PAIRS} pairs, "
        f"{_rounds_seconds(result):.1f} s of rounds each in the mean, every model asked in turns "
        "within each.\n\n"
        "All figures are percent by which a model seems slower than the reference (for requests "
        "per second: the ratio turned over).\n\n"
        f"{''.join(_section(result, contrast) for contrast in CONTRASTS)}"
        f"![{NAME}]({NAME}.svg)\n\n"
        f"{_ratios(result)}\n\n"
        f"{_verdicts(result)}\n\n"
        f"{_wall(result)} {machine_sentence(result.measured, result.environment)}\n"
    )
    return Page(NAME, text, _chart(result))


def _section(result: ResolutionResult, contrast: Contrast) -> str:
    wrong = (
        f"Wrong is a figure beyond ±{MARGIN_PERCENT:g} %: whoever believes it finds that a model "
        "differs from itself."
        if contrast == AGAIN
        else "regular computes what inverted computes, and two nodes more: it cannot be the faster "
        "one. Wrong is a figure that says so."
    )
    columns = ("", "spread (sd), %", "smallest, %", "largest, %", "wrong")
    rows = [_row(series, contrast) for series in _all(result)]
    title = _TITLES[contrast]
    return f"## {title[0].upper()}{title[1:]}\n\n{wrong}\n\n{markdown.table(columns, rows)}\n"


def _row(series: Series, contrast: Contrast) -> list[str]:
    percents, spread = series.percents(contrast), series.spread(contrast)
    return [
        f"{series.method}: {series.statistic}",
        "" if spread is None else f"{spread:.2f}",
        _signed(min(percents)),
        _signed(max(percents)),
        f"{series.wrong(contrast)} of {len(percents)}",
    ]


def _ratios(result: ResolutionResult) -> str:
    """Say how many times wider the usual way spreads, for the same model."""
    cpu, median = (_named(result, name).spread(AGAIN) for name in (CPU, MEDIAN))
    if not cpu or not median:
        return "A spread takes two repetitions or more."
    usual = [series for series in _all(result) if series.method != "perbillion"]
    rows = []
    for series in usual:
        spread = series.spread(AGAIN) or 0.0
        own = (spread / cpu, spread / median)
        met = "yes" if max(own) >= _TARGET_RATIO else "no"
        rows.append([f"{series.method}: {series.statistic}", *(f"{r:.1f}" for r in own), met])
    columns = (
        "spread of the same model, times that of",
        f"perbillion: {CPU}",
        f"perbillion: {MEDIAN}",
        f"{_TARGET_RATIO} or more",
    )
    return markdown.table(columns, rows).rstrip()


def _verdicts(result: ResolutionResult) -> str:
    told = []
    for contrast in CONTRASTS:
        kinds = result.verdicts(contrast)
        counts = ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(sorted(kinds)))
        told.append(f"{_TITLES[contrast]}: {counts}")
    return (
        "perbillion does not leave the conclusion to its reader. Its verdicts at the margin of "
        f"±{MARGIN_PERCENT:g} % of CPU per request were, for {'; for '.join(told)}."
    )


def _wall(result: ResolutionResult) -> str:
    took = []
    for method in METHODS:
        seconds = [turn.seconds for turn in result.of(method)]
        took.append(f"{method} {sum(seconds) / len(seconds):.0f} s")
    others = max(turn.steal_share + turn.foreign_share for turn in result.turns)
    return (
        f"A turn took, in the mean: {', '.join(took)}. The hypervisor and other processes took at "
        f"most {others:.1%} of the machine in a turn."
    )


def _rounds_seconds(result: ResolutionResult) -> float:
    campaigns = [turn.campaign for turn in result.turns if turn.campaign is not None]
    return sum(one.seconds_per_start for one in campaigns) / len(campaigns)


_TICKS = (-100, -10, -1, 0, 1, 10, 100, 1000)


def _chart(result: ResolutionResult) -> bytes:
    every = _all(result)
    with drawing_style():
        figure = new_figure(8.5, 3.4)
        panels = figure.subplots(1, 2, sharex=True, sharey=True)
        for axes, contrast in zip(panels, CONTRASTS, strict=True):
            axes.axvspan(-MARGIN_PERCENT, MARGIN_PERCENT, color=COLOURS[5], alpha=0.2, linewidth=0)
            axes.axvline(0, color=COLOURS[5], linewidth=1)
            for place, series in enumerate(every):
                percents = series.percents(contrast)
                colour = COLOURS[METHODS.index(series.method)]
                axes.plot(percents, [place] * len(percents), "o", color=colour, alpha=0.6)
            axes.set_title(_TITLES[contrast])
            # One answer may lie a thousand times further out than another method's ten.
            axes.set_xscale("symlog", linthresh=MARGIN_PERCENT, linscale=0.7)
            axes.set_xticks(_TICKS, [f"{tick:g}" for tick in _TICKS])
            axes.tick_params(axis="x", which="minor", length=0)
            axes.set_xlabel("difference found, % (band: ±1 %; logarithmic beyond)")
        labels = [f"{one.method}: {_LABELS.get(one.statistic, one.statistic)}" for one in every]
        panels[0].set_yticks(range(len(every)), labels)
        panels[0].set_ylim(len(every) - 0.5, -0.5)
        return svg(figure, NAME)


def _all(result: ResolutionResult) -> list[Series]:
    return [series for method in METHODS for series in result.series(method)]


def _named(result: ResolutionResult, statistic: str) -> Series:
    return next(one for one in result.series("perbillion") if one.statistic == statistic)


def _signed(percent: float) -> str:
    return f"{percent:+.2f}".replace("-", "\N{MINUS SIGN}")
