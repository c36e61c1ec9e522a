"""The page about a model against itself."""

from __future__ import annotations

from benchmarks.controls.aa import NAME
from benchmarks.controls.aa_result import AaResult
from benchmarks.pages import markdown
from benchmarks.pages.chart import COLOURS, new_figure, svg
from benchmarks.pages.machine import machine_sentence
from benchmarks.pages.page import Page
from benchmarks.pages.summary import Spread
from report.svg import drawing_style
from stats.estimate import Estimate


def aa_page(result: AaResult) -> Page:
    """Make the page of a result with at least one campaign."""
    plan, campaigns = result.plan, result.campaigns
    margin = f"±{100 * result.margin:g} %"
    others = max(one.steal_share + one.foreign_share for one in campaigns)
    text = (
        "# A model against itself\n\n"
        f"{len(campaigns)} campaigns in which every arm is the same file, through the product's "
        f"own stages from the load to the report: {plan.pairs} pairs of server starts each, "
        f"{plan.seconds_per_start:g} s of rounds in each start, other seeds in every campaign. "
        "The figure is the verdict's: the relative difference of CPU per request, with an interval "
        f"of 95 %; the margin is {margin}. Nothing is left out: a campaign whose gates fail is "
        "judged by its interval as well.\n\n"
        f"{_table(result)}\n"
        f"![{NAME}]({NAME}.svg)\n\n"
        f"{_judgement(result)}\n\n"
        f"Verdicts: {_verdicts(result)}. Campaigns as short as these are there to be wrong in, "
        "not to settle anything.\n\n"
        f"The hypervisor and other processes took at most {others:.1%} of the machine in a "
        "campaign. "
        f"{machine_sentence(result.measured, result.environment)}\n"
    )
    return Page(NAME, text, _chart(result))


def _table(result: AaResult) -> str:
    campaigns = result.campaigns
    widths = Spread.of([100 * (one.contrast.half_width or 0.0) for one in campaigns])
    points = Spread.of([100 * one.contrast.point for one in campaigns])
    rows = [
        ["a difference beyond the margin is claimed (SLOWER, FASTER)", str(result.claims), "0"],
        [
            "detected: the interval excludes zero",
            f"{result.detected} of {len(campaigns)}",
            f"at most {result.most_detected}",
        ],
        ["points, %: median, smallest, largest", _spread(points), ""],
        ["half-widths, %: median, smallest, largest", _spread(widths), ""],
        ["spread of the points over the standard error claimed", _ratio(result), "near 1"],
    ]
    return markdown.table(("", "found", "target"), rows)


def _judgement(result: AaResult) -> str:
    met = "The targets are met" if result.passed else "The targets are not met"
    return (
        f"{met}. Sound intervals of 95 % exclude zero in one campaign of twenty, "
        f"{0.05 * len(result.campaigns):g} of {len(result.campaigns)} in the mean; more than "
        f"{result.most_detected} with a probability of {result.chance_of_more:.1%}."
    )


def _verdicts(result: AaResult) -> str:
    kinds = [one.verdict for one in result.campaigns]
    return ", ".join(f"{kinds.count(kind)} {kind}" for kind in dict.fromkeys(sorted(kinds)))


def _spread(spread: Spread) -> str:
    numbers = (spread.median, spread.low, spread.high)
    return ", ".join(f"{number:.2f}".replace("-", "\N{MINUS SIGN}") for number in numbers)


def _ratio(result: AaResult) -> str:
    ratio = result.spread_ratio
    return "" if ratio is None else f"{ratio:.2f}"


def _chart(result: AaResult) -> bytes:
    margin = 100 * result.margin
    with drawing_style():
        figure = new_figure(7.5, 3.2)
        axes = figure.subplots()
        axes.axhspan(-margin, margin, color=COLOURS[5], alpha=0.15, linewidth=0, label="margin")
        axes.axhline(0, color=COLOURS[5], linewidth=1)
        for wanted, colour, label in (
            (False, COLOURS[0], "holds zero"),
            (True, COLOURS[1], "detected"),
        ):
            chosen = [
                (number, one.contrast)
                for number, one in enumerate(result.campaigns, start=1)
                if one.detected == wanted
            ]
            if chosen:
                axes.errorbar(
                    [number for number, _ in chosen],
                    [100 * estimate.point for _, estimate in chosen],
                    yerr=[_half_width(estimate) for _, estimate in chosen],
                    fmt="o",
                    markersize=4,
                    color=colour,
                    label=label,
                )
        axes.set(xlabel="campaign", ylabel="difference of CPU per request, %")
        axes.legend(loc="upper right", ncols=3)
        return svg(figure, NAME)


def _half_width(estimate: Estimate) -> float:
    return 100 * (estimate.half_width or 0.0)
