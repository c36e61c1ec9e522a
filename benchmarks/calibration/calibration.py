"""The full run: every scenario, every way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

import numpy as np
import numpy.typing as npt

from benchmarks.calibration.result import (
    AtUnits,
    CalibrationResult,
    Looked,
    Rate,
    ScenarioResult,
    WrongWay,
)
from benchmarks.calibration.right_ways import (
    LEVEL,
    false_alarms,
    fixed_coverage,
    looked,
    planned,
    sequence_coverage,
)
from benchmarks.calibration.scenario import BEYOND, SCENARIOS, Scenario
from benchmarks.calibration.troubled_campaign import ROUNDS, relative_means, table_blocks
from benchmarks.calibration.wrong_ways import percentile_bootstrap, rounds_as_units, watched_t
from benchmarks.pages.page import Say
from contract.environment import observe
from stats.looks import DEFAULT_LOOKS
from stats.unit import STARTS_PER_UNIT

Floats = npt.NDArray[np.float64]

MARGIN = 0.01
EFFECTS_IN_MARGINS = (0.0, 0.5, 1.0, 2.0)
TARGETS_IN_SDS = (1.0, 0.75, 0.5)
MOST_UNITS = 100
# What the scaling nodes cost in process.
EFFECT_NS = 1100.0


@dataclass(frozen=True, slots=True)
class CalibrationPlan:
    """How much is simulated.

    Attributes
    ----------
    campaigns : int
        Of each kind, in each scenario.
    seed : int
        With the same one the figures are the same.
    most_units : int
        Of the campaigns that somebody watches, and of those that a first stage plans.
    """

    campaigns: int = 4000
    seed: int = 1
    most_units: int = MOST_UNITS


def calibrate(plan: CalibrationPlan, say: Say) -> CalibrationResult:
    """Simulate every scenario and count."""
    results = []
    for index, (name, scenario) in enumerate((SCENARIOS | BEYOND).items()):
        say(f"{name}: {plan.campaigns:,} campaigns of each kind")
        results.append(_scenario_result(name, scenario, plan, index))
    return CalibrationResult(
        made=datetime.now(UTC).isoformat(timespec="seconds"),
        environment=observe({"simulation": plan.seed}),
        campaigns=plan.campaigns,
        rounds=ROUNDS,
        level=LEVEL,
        margin=MARGIN,
        looks=DEFAULT_LOOKS,
        scenarios=tuple(results[: len(SCENARIOS)]),
        beyond=tuple(results[len(SCENARIOS) :]),
    )


def _scenario_result(
    name: str, scenario: Scenario, plan: CalibrationPlan, index: int
) -> ScenarioResult:
    # A generator of its own for each question, so that more of one leaves the others alone.
    different, same, looking, resampling = (
        np.random.default_rng(sequence)
        for sequence in np.random.SeedSequence((plan.seed, index)).spawn(4)
    )
    truth = EFFECT_NS / scenario.reference_ns
    campaigns, by_round = _long_campaigns(scenario, truth, plan, different)
    unit_sd = float(campaigns.std(axis=1, ddof=1).mean())
    alike = _campaigns(scenario, 0.0, plan, same)
    return ScenarioResult(
        name=name,
        says=scenario.says,
        unit_sd=unit_sd,
        fixed=tuple(
            AtUnits(
                units=units,
                covered=fixed_coverage(campaigns[:, :units], truth),
                false_alarms=false_alarms(alike[:, :units]),
            )
            for units in DEFAULT_LOOKS
        ),
        looked=_looked(scenario, alike, plan, looking),
        planned=tuple(planned(campaigns, truth, unit_sd, target) for target in TARGETS_IN_SDS),
        sequence=sequence_coverage(campaigns, truth, unit_sd),
        wrong_ways=(
            watched_t(campaigns, truth, DEFAULT_LOOKS[-1]),
            watched_t(campaigns, truth, plan.most_units),
            percentile_bootstrap(campaigns, truth, DEFAULT_LOOKS[0], resampling),
            percentile_bootstrap(campaigns, truth, DEFAULT_LOOKS[-1], resampling),
            by_round,
        ),
    )


def _long_campaigns(
    scenario: Scenario, truth: float, plan: CalibrationPlan, rng: np.random.Generator
) -> tuple[Floats, WrongWay]:
    """Return campaigns of arms that differ, and what their rounds would claim by themselves."""
    first_units = DEFAULT_LOOKS[0]
    units, by_round = [], []
    for tables in table_blocks(
        scenario, EFFECT_NS, rng, campaigns=plan.campaigns, units=plan.most_units
    ):
        units.append(relative_means(tables))
        by_round.append(rounds_as_units(tables[:, : STARTS_PER_UNIT * first_units], truth))
    way = WrongWay(
        name=f"t over all rounds of {first_units} units, as if they were independent",
        covered=Rate.of(np.concatenate(by_round)),
    )
    return np.concatenate(units), way


def _campaigns(
    scenario: Scenario, effect_ns: float, plan: CalibrationPlan, rng: np.random.Generator
) -> Floats:
    blocks = table_blocks(
        scenario, effect_ns, rng, campaigns=plan.campaigns, units=DEFAULT_LOOKS[-1]
    )
    return np.concatenate([relative_means(tables) for tables in blocks])


def _looked(
    scenario: Scenario, alike: Floats, plan: CalibrationPlan, rng: np.random.Generator
) -> tuple[Looked, ...]:
    results = []
    for effect in EFFECTS_IN_MARGINS:
        truth = effect * MARGIN
        campaigns = (
            _campaigns(scenario, truth * scenario.reference_ns, plan, rng) if effect else alike
        )
        results.append(looked(campaigns, truth, MARGIN))
    return tuple(results)
