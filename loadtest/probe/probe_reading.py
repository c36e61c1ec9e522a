"""From the starts of a probe to what they say: pure functions."""

from __future__ import annotations

import math
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from contract.errors import InvalidRunError
from contract.run_record import StartRecord
from loadtest.probe.resolution import Probe
from stats.estimate import t_quantile
from stats.paired import arm_means, mean_differences, relative_differences
from stats.spread import UnitSpread, variance_of_mean
from stats.unit import STARTS_PER_UNIT, pair_starts, unit_means

Rounds = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

# Enough for a variance, and each still long beside what neighbouring rounds have in common;
# on a machine that hardly comes to anything each has a single round.
_MOST_BATCHES = 10
# The level of the gate in report.validity: at 95 % every twentieth sound machine would be
# suspected.
_SUSPECT_LEVEL = 0.999
_US_PER_NS = 1e-3


def probe_of(starts: Sequence[StartRecord], tables: Sequence[Rounds]) -> Probe:
    """Say what one instrument's starts have found.

    Parameters
    ----------
    starts : sequence of StartRecord
        Of one instrument, complete pairs, two or more; with the arms ``inverted`` first,
        ``regular`` and ``again``.
    tables : sequence of int64 arrays, shape (rounds, arms)
        Nanoseconds, one table a start.

    Raises
    ------
    InvalidRunError
        If a start came to less than two rounds.
    """
    if min(len(table) for table in tables) < 2:
        raise InvalidRunError(
            "a start of the probe came to less than two rounds",
            remedy="end what keeps the cores busy, or ask again when they are free",
        )
    arms = starts[0].arms
    regular, again = arms.index("regular"), arms.index("again")
    by_start = np.array([_relative(table) for table in tables])
    by_unit = unit_means(by_start, pair_starts([start.unit for start in starts]))
    levels_us = np.array([table[:, 0].mean() for table in tables]) * _US_PER_NS
    within = np.mean([_within_variance(table)[regular] for table in tables]) / STARTS_PER_UNIT
    spread = UnitSpread.of(by_unit[:, regular], float(within))
    return Probe(
        instrument="in_process" if starts[0].instrument == "in_process" else "served",
        units=len(by_unit),
        seconds_per_start=float(np.mean([start.seconds for start in starts])),
        reference_us=float(levels_us.mean()),
        reference_range=float(levels_us.max() / levels_us.min() - 1),
        difference=float(by_unit[:, regular].mean()),
        difference_half_width=_half_width(by_unit[:, regular], 0.95),
        control=float(by_unit[:, again].mean()),
        control_half_width=_half_width(by_unit[:, again], 0.95),
        control_differs=bool(
            abs(by_unit[:, again].mean()) > _half_width(by_unit[:, again], _SUSPECT_LEVEL)
        ),
        within=spread.within,
        between=spread.between,
        worst_steal_share=max(start.steal_share for start in starts),
        worst_foreign_share=max(start.foreign_share for start in starts),
        realtime=all(start.realtime for start in starts),
    )


def _relative(table: Rounds | Floats) -> Floats:
    """Return each arm's relative difference of means, shape (..., arms)."""
    return relative_differences(mean_differences(table), arm_means(table))


def _within_variance(table: Rounds) -> Floats:
    """Return the variance of what one start says of each arm, shape (arms,)."""
    count = min(_MOST_BATCHES, len(table))
    length = len(table) // count
    return variance_of_mean(_relative(table[: count * length].reshape(count, length, -1)))


def _half_width(by_unit: Floats, level: float) -> float:
    # `t_estimate` keeps intervals from so few units to itself; this one is no result.
    error = float(by_unit.std(ddof=1)) / math.sqrt(len(by_unit))
    return t_quantile(level, len(by_unit) - 1) * error
