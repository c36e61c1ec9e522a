"""Arms that spin, measured by the served instrument, and what the server itself recorded."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from benchmarks.controls.known_arms import ARMS
from benchmarks.controls.known_estimate import US_PER_NS, Floats, by_unit, microseconds
from benchmarks.controls.recovery_plan import RecoveryPlan, clean_samples, starts_of
from benchmarks.controls.spin_instrument import SpinInstrument
from benchmarks.pages.page import Say
from loadtest.instruments.instrument import Subjects
from report.instrument_result import InstrumentName
from report.round_table import tables_of
from stats.estimate import Estimate
from stats.paired import Table, arm_means, mean_differences

# On which of its two clocks the server recorded what an instrument should find.
INSTRUMENTS: Mapping[InstrumentName, str] = {
    "cpu_per_request": "cpu_ns",
    "handler": "wall_ns",
    "client_latency": "wall_ns",
}


@dataclass(frozen=True, slots=True)
class ServedSpins:
    """What the served starts say.

    Attributes
    ----------
    tables : dict of str to list of int64 array, shape (rounds, arms)
        By instrument, one a start, nanoseconds.
    truths_ns : dict of str to list of float64 array, shape (arms,)
        By the server's clock, one a start: the mean of what each arm spun.
    encode_ns : list of float64 array, shape (arms,)
        One a start: the mean time of the step that follows a spin, minus the reference's.
    rounds : int
        Rounds of all starts.
    """

    tables: Mapping[InstrumentName, list[Table]]
    truths_ns: Mapping[str, list[Floats]]
    encode_ns: list[Floats]
    rounds: int

    def truth_us(self, instrument: InstrumentName, arm: str) -> float:
        """Return by how much longer an arm spun than the reference."""
        means_ns = np.mean(self.truths_ns[INSTRUMENTS[instrument]], axis=0)
        return float(means_ns[ARMS.index(arm)] - means_ns[0]) * US_PER_NS

    def difference_us(self, instrument: InstrumentName, arm: str) -> Estimate:
        """Return the difference of means as the product estimates it.

        CPU per request is estimated as a ratio and told as that share of the reference's mean.
        """
        column, tables = ARMS.index(arm), self.tables[instrument]
        differences = np.array([mean_differences(table)[column] for table in tables])
        if instrument != "cpu_per_request":
            return microseconds(by_unit(differences))
        levels = np.array([arm_means(table)[0] for table in tables])
        return microseconds(by_unit(differences / levels) * levels.mean())

    def encoding_us(self, arm: str) -> Estimate:
        """Return by how much longer encoding takes after an arm's spin."""
        return microseconds(by_unit(np.array(self.encode_ns)[:, ARMS.index(arm)]))


def measure_spins(root: Path, subjects: Subjects, plan: RecoveryPlan, say: Say) -> ServedSpins:
    """Run the served starts one after another.

    Raises
    ------
    ServingError, LoadTestError
        If a server or Locust fails, or a request does.
    """
    instrument = SpinInstrument(plan.setting(root, subjects))
    tables: dict[InstrumentName, list[Table]] = {name: [] for name in INSTRUMENTS}
    truths_ns: dict[str, list[Floats]] = {clock: [] for clock in INSTRUMENTS.values()}
    encode_ns: list[Floats] = []
    rounds = 0
    for start in starts_of(ARMS, plan.served_pairs, plan.seed):
        samples = clean_samples(instrument.run(start))
        rounds += samples.rounds
        by_instrument = tables_of(samples)
        for name, kept in tables.items():
            kept.append(by_instrument[name].times_ns)
        encode_ns.append(mean_differences(samples.by_round(samples.server["encode_ns"])))
        record = instrument.record(start)
        for clock, means in truths_ns.items():
            spins: Mapping[str, tuple[int, ...]] = getattr(record, clock)
            # What came before are warm-ups.
            measured = [spins[start.aliases[arm][0]][-samples.rounds :] for arm in ARMS]
            means.append(np.mean(measured, axis=1))
        say(f"served: start {start.replicate + 1} of {2 * plan.served_pairs}")
    return ServedSpins(tables, truths_ns, encode_ns, rounds)
