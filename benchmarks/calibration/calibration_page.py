"""The page about what the intervals keep of what they promise."""

from __future__ import annotations

from collections.abc import Sequence

from matplotlib.axes import Axes

from benchmarks.calibration.demand import (
    COVERED_AT_LEAST,
    COVERED_AT_MOST,
    Demand,
    demands,
    fixed,
    looks,
    lowest,
    sequence,
    stein,
)
from benchmarks.calibration.result import CalibrationResult, Rate, ScenarioResult
from benchmarks.calibration.scenario import GAUSSIAN
from benchmarks.pages import markdown
from benchmarks.pages.chart import COLOURS, new_figure, svg
from benchmarks.pages.page import Page
from report.svg import drawing_style

NAME = "calibration"


def calibration_page(result: CalibrationResult) -> Page:
    """Make the page of a result."""
    looks_at = ", ".join(str(look) for look in result.looks)
    machine = result.environment
    text = (
        "# Do the intervals keep what they promise?\n\n"
        f"Campaigns whose truth is known, {result.campaigns:,} of each kind in each scenario: two "
        f"arms, starts of {result.rounds} rounds, two starts a unit, the relative difference of "
        "means; the estimators and intervals are the product's own. Every interval promises "
        f"{result.level:.0%}. An entry's standard error is at most "
        f"{100 * _largest_error(result):.1f} points.\n\n"
        f"{_demands(demands(result))}\n![{NAME}]({NAME}.svg)\n\n"
        "## Intervals that hold the truth, per cent\n\n"
        "Plain t intervals after a number of units that was fixed beforehand; campaigns that look "
        f"after {looks_at} units and end when the verdict is settled (the lowest of four true "
        f"effects: 0, half, one and two margins of {result.margin:.0%}); Stein's two stages (the "
        "lowest of three targets); the confidence sequence, where one interval that misses "
        "between 6 and "
        f"{result.scenarios[0].sequence.most_units} units makes a campaign a miss.\n\n"
        f"{_right_ways(result, result.scenarios)}\n"
        "## Two arms that are the same, per cent\n\n"
        "Intervals that exclude zero. Campaigns with planned looks mostly end at an early one, "
        "as EQUIVALENT, and use up little of the permitted error; the last but one column counts "
        "those of which any planned look would have excluded zero.\n\n"
        f"{_alike(result)}\n"
        "## Planned looks and planned widths, gaussian scenario\n\n"
        f"{_looked(result)}\n{_planned(result)}\n"
        "## Ways that are not used: intervals that hold the truth, per cent\n\n"
        f"{_wrong_ways(result)}\n"
        "## Scenarios\n\n"
        f"{_scenarios(result.scenarios)}\n"
        "## Where this ends\n\n"
        "Units have to be independent of one another. Where the difference between two arms itself "
        "wanders from start to start, intervals made from the spread between starts hold the truth "
        "less often than they say, per cent:\n\n"
        f"{_right_ways(result, result.beyond)}\n{_scenarios(result.beyond)}\n"
        f"Simulated {result.made[:10]} with seed {machine.seeds['simulation']}, Python "
        f"{machine.python}, perbillion {machine.perbillion}; `make calibrate` does it again.\n"
    )
    return Page(NAME, text, _chart(result))


def _demands(held: Sequence[Demand]) -> str:
    rows = [[one.says, one.scenario, _exact(one.rate), "yes" if one.met else "no"] for one in held]
    return markdown.table(("demand", "hardest scenario", "there, %", "met"), rows)


def _right_ways(result: CalibrationResult, scenarios: Sequence[ScenarioResult]) -> str:
    columns = ["scenario", *(f"t, {look}" for look in result.looks), "looks", "Stein", "sequence"]
    rows = []
    for scenario in scenarios:
        rates = [*fixed(scenario), lowest(looks(scenario)), lowest(stein(scenario))]
        rows.append([scenario.name, *map(_percent, [*rates, *sequence(scenario)])])
    return markdown.table(columns, rows)


def _alike(result: CalibrationResult) -> str:
    columns = [
        "scenario",
        *(f"t, {look}" for look in result.looks),
        "looks, as ended",
        "any look",
        "SLOWER or FASTER",
    ]
    rows = []
    for scenario in result.scenarios:
        ended = scenario.looked[0]
        any_look = f"{100 * (1 - ended.always_covered.share):.1f}"
        alarms = [_percent(at.false_alarms) for at in scenario.fixed]
        rows.append(
            [scenario.name, *alarms, _percent(ended.detected), any_look, _percent(ended.placed)]
        )
    return markdown.table(columns, rows)


def _looked(result: CalibrationResult) -> str:
    rows = [
        [
            f"{one.effect_in_margins:g}",
            _percent(one.covered),
            _percent(one.detected),
            _percent(one.placed),
            _percent(one.settled),
            f"{one.mean_units:.1f}",
        ]
        for one in _gaussian(result).looked
    ]
    columns = (
        "true effect, margins",
        "hold the truth, %",
        "exclude zero, %",
        "SLOWER or FASTER, %",
        "settled, %",
        "units, mean",
    )
    return markdown.table(columns, rows)


def _planned(result: CalibrationResult) -> str:
    rows = [
        [
            f"{one.target_in_sds:g}",
            _percent(one.covered),
            f"{one.mean_half_width_in_sds:.2f}",
            _percent(one.reached),
            f"{one.mean_units:.1f}",
        ]
        for one in _gaussian(result).planned
    ]
    columns = (
        "target half-width, sd between units",
        "hold the truth, %",
        "half-width, mean",
        "reach the target, %",
        "units, mean",
    )
    return markdown.table(columns, rows)


def _wrong_ways(result: CalibrationResult) -> str:
    ways = [way.name for way in result.scenarios[0].wrong_ways]
    columns = ["scenario", *ways, "Stein's plan with a plain t"]
    rows = [
        [
            scenario.name,
            *(_percent(way.covered) for way in scenario.wrong_ways),
            _percent(_plain_t(scenario)),
        ]
        for scenario in result.scenarios
    ]
    return markdown.table(columns, rows)


def _scenarios(scenarios: Sequence[ScenarioResult]) -> str:
    rows = [[scenario.name, scenario.says, f"{scenario.unit_sd:.2%}"] for scenario in scenarios]
    return markdown.table(("scenario", "what is the matter", "sd between units"), rows)


def _chart(result: CalibrationResult) -> bytes:
    with drawing_style():
        figure = new_figure(8.2, 5.4)
        right, wrong = figure.subplots(1, 2, sharey=True, width_ratios=(3, 2))
        scenarios = result.scenarios
        _points(
            right,
            {
                f"t, {result.looks[0]} units": [fixed(one)[0] for one in scenarios],
                f"t, {result.looks[-1]} units": [fixed(one)[-1] for one in scenarios],
                "planned looks": [lowest(looks(one)) for one in scenarios],
                "Stein": [lowest(stein(one)) for one in scenarios],
                "confidence sequence": [one.sequence.covered for one in scenarios],
            },
        )
        _points(
            wrong,
            {
                way.name.replace(", as if they were independent", ""): [
                    one.wrong_ways[number].covered for one in scenarios
                ]
                for number, way in enumerate(scenarios[0].wrong_ways)
            },
        )
        right.set(title="used", xlabel="hold the truth, %, ± 2 standard errors", xlim=(90, 100.3))
        wrong.set(title="not used", xlabel="hold the truth, %", xlim=(0, 101))
        right.set_yticks(range(len(scenarios)), [scenario.name for scenario in scenarios])
        right.invert_yaxis()
    return svg(figure, NAME)


def _points(axes: Axes, ways: dict[str, list[Rate]]) -> None:
    axes.axvspan(100 * COVERED_AT_LEAST, 100 * COVERED_AT_MOST, color=COLOURS[5], alpha=0.18)
    for number, (name, rates) in enumerate(ways.items()):
        # Beside one another within a scenario's row.
        places = [row + 0.14 * (number - (len(ways) - 1) / 2) for row in range(len(rates))]
        axes.errorbar(
            [100 * rate.share for rate in rates],
            places,
            xerr=[200 * rate.standard_error for rate in rates],
            color=COLOURS[number],
            marker="o",
            markersize=3.5,
            linestyle="none",
            label=name,
        )
    axes.legend(loc="upper center", bbox_to_anchor=(0.5, -0.12), fontsize=8)


def _gaussian(result: CalibrationResult) -> ScenarioResult:
    return next(scenario for scenario in result.scenarios if scenario.name == GAUSSIAN)


def _plain_t(scenario: ScenarioResult) -> Rate:
    return lowest(planned.covered_by_plain_t for planned in scenario.planned)


def _largest_error(result: CalibrationResult) -> float:
    return max(
        rate.standard_error
        for scenario in result.scenarios
        for rate in (*fixed(scenario), *looks(scenario), *stein(scenario), *sequence(scenario))
    )


def _percent(rate: Rate) -> str:
    return f"{100 * rate.share:.1f}"


def _exact(rate: Rate) -> str:
    return f"{100 * rate.share:.2f} ± {100 * rate.standard_error:.2f}"
