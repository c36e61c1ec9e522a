"""What the method demands of its intervals, and which scenario comes closest to missing it."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from dataclasses import dataclass

from benchmarks.calibration.result import CalibrationResult, Rate, ScenarioResult
from benchmarks.calibration.scenario import GAUSSIAN

COVERED_AT_LEAST, COVERED_AT_MOST = 0.93, 0.97
FALSE_ALARMS_AT_LEAST, FALSE_ALARMS_AT_MOST = 0.03, 0.07

_Rates = Callable[[ScenarioResult], Iterable[Rate]]


@dataclass(frozen=True, slots=True)
class Demand:
    """One demand and its hardest case.

    Attributes
    ----------
    says : str
        What is demanded.
    scenario : str
        Where it is missed by most, or met by least.
    rate : Rate
        What was counted there.
    met : bool
        Whether it is met there, and so everywhere.
    """

    says: str
    scenario: str
    rate: Rate
    met: bool


def demands(result: CalibrationResult) -> tuple[Demand, ...]:
    """Hold the counted rates against every demand."""
    everywhere = result.scenarios
    gaussian = [scenario for scenario in everywhere if scenario.name == GAUSSIAN]
    floor, ceiling = COVERED_AT_LEAST, COVERED_AT_MOST
    return (
        _between(
            "t, fixed number of units: 93 to 97 % (gaussian)", fixed, gaussian, floor, ceiling
        ),
        _between("t, fixed number of units: 93 % or more", fixed, everywhere, floor),
        _between("planned looks: 93 % or more", looks, everywhere, floor),
        _between("Stein: 93 to 97 % (gaussian)", stein, gaussian, floor, ceiling),
        _between("Stein: 93 % or more", stein, everywhere, floor),
        _between("sequence, at all times: 93 % or more", sequence, everywhere, floor),
        _between(
            "A/A, fixed number of units: 3 to 7 % exclude zero",
            _false_alarms,
            everywhere,
            FALSE_ALARMS_AT_LEAST,
            FALSE_ALARMS_AT_MOST,
        ),
        _between(
            "A/A, planned looks: at most 7 % exclude zero",
            lambda scenario: [scenario.looked[0].detected],
            everywhere,
            at_most=FALSE_ALARMS_AT_MOST,
        ),
    )


def fixed(scenario: ScenarioResult) -> list[Rate]:
    """Return the coverage of plain t intervals, by number of units."""
    return [at.covered for at in scenario.fixed]


def looks(scenario: ScenarioResult) -> list[Rate]:
    """Return the coverage at the look that ends a campaign, by true effect."""
    return [looked.covered for looked in scenario.looked]


def stein(scenario: ScenarioResult) -> list[Rate]:
    """Return the coverage of Stein's intervals, by target."""
    return [planned.covered for planned in scenario.planned]


def sequence(scenario: ScenarioResult) -> list[Rate]:
    """Return the coverage of all intervals of a sequence at once."""
    return [scenario.sequence.covered]


def lowest(rates: Iterable[Rate]) -> Rate:
    """Return the rate with the smallest share."""
    return min(rates, key=lambda rate: rate.share)


def _false_alarms(scenario: ScenarioResult) -> list[Rate]:
    return [at.false_alarms for at in scenario.fixed]


def _between(
    says: str,
    rates: _Rates,
    scenarios: Iterable[ScenarioResult],
    at_least: float | None = None,
    at_most: float | None = None,
) -> Demand:
    counted = [(scenario.name, rate) for scenario in scenarios for rate in rates(scenario)]

    def room(one: tuple[str, Rate]) -> float:
        share = one[1].share
        above = math.inf if at_least is None else share - at_least
        below = math.inf if at_most is None else at_most - share
        return min(above, below)

    name, rate = min(counted, key=room)
    return Demand(says, name, rate, met=room((name, rate)) >= 0)
