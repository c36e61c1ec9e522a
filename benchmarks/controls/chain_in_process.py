"""The chain of nodes, measured in process by two campaigns that know nothing of each other."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.controls.known_arms import CHAIN, CONTROL, REFERENCE
from benchmarks.controls.known_estimate import Floats, by_unit
from benchmarks.controls.recovery_plan import RecoveryPlan, clean_samples, starts_of
from benchmarks.pages.page import Say
from loadtest.instruments.in_process_instrument import InProcessInstrument
from loadtest.instruments.instrument import Subjects
from report.round_table import tables_of
from stats.paired import Table, arm_means, mean_differences

_ARMS = (REFERENCE, CHAIN, CONTROL)


@dataclass(frozen=True, slots=True)
class ChainCost:
    """Chain minus reference, difference of means, by unit.

    Attributes
    ----------
    relative : float64 array, shape (units,)
        As a share of the reference's mean.
    absolute_ns : float64 array, shape (units,)
        Nanoseconds.
    """

    relative: Floats
    absolute_ns: Floats

    @classmethod
    def of(cls, tables: list[Table]) -> ChainCost:
        """Read the tables of all starts, shape (rounds, arms) each."""
        column = _ARMS.index(CHAIN)
        differences = np.array([mean_differences(table)[column] for table in tables])
        levels = np.array([arm_means(table)[0] for table in tables])
        return cls(by_unit(differences / levels), by_unit(differences))


def measure_chain(
    root: Path, subjects: Subjects, plan: RecoveryPlan, say: Say
) -> tuple[ChainCost, ChainCost]:
    """Run both campaigns in turns, start by start: the machine is as fast for one as for the other.

    Raises
    ------
    LoadTestError
        If a process fails.
    """
    chosen = Subjects(_ARMS, {arm: subjects.models[arm] for arm in _ARMS})
    pairs, campaigns = plan.in_process_pairs, range(2)
    instruments = [
        InProcessInstrument(plan.setting(root / str(number), chosen)) for number in campaigns
    ]
    starts = [starts_of(_ARMS, pairs, plan.seed + number) for number in campaigns]
    tables: list[list[Table]] = [[] for _ in campaigns]
    for both in zip(*starts, strict=True):
        for start, instrument, kept in zip(both, instruments, tables, strict=True):
            samples = clean_samples(instrument.run(start))
            kept.append(tables_of(samples)["in_process"].times_ns)
        say(f"in process: start {both[0].replicate + 1} of {2 * pairs}, twice")
    first, second = (ChainCost.of(kept) for kept in tables)
    return first, second
