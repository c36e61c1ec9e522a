"""Simulated campaigns: tables of times as the instruments write them, with a known truth."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
from scipy import signal

from benchmarks.calibration.scenario import BASE_NS, Scenario
from stats.paired import arm_means, mean_differences, relative_differences
from stats.unit import STARTS_PER_UNIT, unit_means

Floats = npt.NDArray[np.float64]

ROUNDS = 60
_NOISIER = 4.0
# From one start to the next; a start takes some seconds.
_SLOW_WANDER, _FAST_WANDER = 0.98, 0.5
_STEPS_PER_START = 3
# Campaigns that are simulated at once: few enough for the processor's cache.
_STARTS_AT_ONCE = 2000


def simulated_tables(  # noqa: PLR0913 - the size of what is simulated, by name
    scenario: Scenario,
    effect_ns: float,
    rng: np.random.Generator,
    *,
    campaigns: int,
    units: int,
    rounds: int = ROUNDS,
) -> Floats:
    """Simulate the rounds of two arms.

    Parameters
    ----------
    scenario : Scenario
        The troubles.
    effect_ns : float
        What arm 1 costs more than arm 0, the reference.
    rng : Generator
        Where chance comes from.
    campaigns, units, rounds : int
        How many, units of a campaign, rounds of a start; the latter divisible by three.

    Returns
    -------
    float64 array, shape (campaigns, starts, rounds, 2)
        Times in ns; two starts after two make a unit.
    """
    shape = (campaigns, STARTS_PER_UNIT * units, rounds)
    by_start = (*shape[:2], 1)
    noisier = np.where(rng.random((*by_start, 1)) < scenario.noisy_share, _NOISIER, 1.0)
    effect = effect_ns * (1 + scenario.effect_spread * rng.standard_normal(by_start))
    costs = _noise(scenario, rng, shape)
    costs += _layout(scenario, rng, by_start)
    costs *= noisier
    costs += BASE_NS + _load_order(scenario, rng, campaigns, units)
    costs[..., 1] += effect
    if scenario.slow_share:
        costs += scenario.slow_ns * (rng.random(costs.shape) < scenario.slow_share)
    costs *= _speed(scenario, rng, shape)[..., np.newaxis]
    return costs


def table_blocks(
    scenario: Scenario, effect_ns: float, rng: np.random.Generator, *, campaigns: int, units: int
) -> Iterator[Floats]:
    """Simulate many campaigns, some at a time.

    Yields
    ------
    float64 array, shape (campaigns of the block, starts, rounds, 2)
        As `simulated_tables` gives them.
    """
    block = max(1, _STARTS_AT_ONCE // (STARTS_PER_UNIT * units))
    for first in range(0, campaigns, block):
        yield simulated_tables(
            scenario, effect_ns, rng, campaigns=min(block, campaigns - first), units=units
        )


def relative_means(tables: Floats) -> Floats:
    """Return what each unit says of the primary endpoint, the way the report finds it.

    Parameters
    ----------
    tables : float64 array, shape (campaigns, starts, rounds, 2)
        Times.

    Returns
    -------
    float64 array, shape (campaigns, units)
        Relative differences of means, arm 1 to arm 0.
    """
    by_start = relative_differences(mean_differences(tables), arm_means(tables))[..., 1]
    pairs = np.arange(by_start.shape[1]).reshape(-1, STARTS_PER_UNIT)
    return np.ascontiguousarray(unit_means(by_start.T, pairs).T)


def _noise(scenario: Scenario, rng: np.random.Generator, shape: tuple[int, int, int]) -> Floats:
    keep = scenario.autocorrelation
    shocks = rng.standard_normal((*shape, 2))
    shocks *= scenario.noise_ns
    return _remembering(shocks, keep, axis=2) if keep else shocks


def _layout(scenario: Scenario, rng: np.random.Generator, by_start: tuple[int, ...]) -> Floats:
    if scenario.bimodal_layout:
        places = rng.choice([-1.0, 1.0], (*by_start, 2))
    else:
        places = rng.standard_normal((*by_start, 2))
        if scenario.layout_memory:
            places = _remembering(places, scenario.layout_memory, axis=1)
    return scenario.layout_sd_ns * places


def _load_order(scenario: Scenario, rng: np.random.Generator, campaigns: int, units: int) -> Floats:
    # The second start of each unit loads the arms in the reverse order of the first.
    first = rng.integers(2, size=(campaigns, units, 1))
    loaded_first = np.concatenate([first, 1 - first], axis=2).reshape(campaigns, -1, 1, 1)
    return np.where(np.arange(2) == loaded_first, scenario.load_order_ns, 0.0)


def _speed(scenario: Scenario, rng: np.random.Generator, shape: tuple[int, int, int]) -> Floats:
    campaigns, starts, rounds = shape
    chosen = rng.integers(len(scenario.speed_steps), size=(campaigns, starts, _STEPS_PER_START))
    factors = np.array(scenario.speed_steps)[chosen]
    speed = np.repeat(factors, rounds // _STEPS_PER_START, axis=2)
    if scenario.drift:
        ends = np.zeros((campaigns, starts + 1))
        for keep in (_SLOW_WANDER, _FAST_WANDER):
            ends += _remembering(rng.normal(0, scenario.drift, ends.shape), keep, axis=1)
        along = np.linspace(0, 1, rounds)
        wander = ends[:, :-1, np.newaxis] * (1 - along) + ends[:, 1:, np.newaxis] * along
        speed *= np.exp(wander)
    return speed


def _remembering(shocks: Floats, keep: float, axis: int) -> Floats:
    """Make independent values an autoregression of the same standard deviation."""
    scaled = np.moveaxis(shocks, axis, -1) * np.sqrt(1 - keep**2)
    # The first value has no past: it takes the whole standard deviation.
    scaled[..., 0] /= np.sqrt(1 - keep**2)
    return np.moveaxis(np.asarray(signal.lfilter([1.0], [1.0, -keep], scaled)), -1, axis)
