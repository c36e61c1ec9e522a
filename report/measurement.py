"""From the tables of all starts of an instrument to what it says."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
import numpy.typing as npt

from contract.run_record import StartRecord
from report.instrument_result import (
    ArmLevels,
    Difference,
    InstrumentName,
    InstrumentResult,
    Statistic,
)
from report.round_table import US_PER_NS, RoundTable
from stats.estimate import Estimate
from stats.holm import holm, p_value
from stats.interval import IntervalKind, IntervalRule
from stats.paired import (
    Table,
    arm_means,
    arm_quantiles,
    mean_differences,
    median_paired_differences,
    quantile_differences,
    relative_differences,
)
from stats.power import minimum_detectable_effect
from stats.unit import pair_starts, unit_means

Floats = npt.NDArray[np.float64]
_ArmFigures = Callable[[Table], Floats]

# What each instrument is asked for, its headline first. Only the mean of CPU per request is
# a cost; a quantile of it would be none.
STATISTICS: Mapping[InstrumentName, tuple[Statistic, ...]] = {
    "in_process": ("mean", "median_of_paired_differences"),
    "handler": ("mean", "median_of_paired_differences"),
    "cpu_per_request": ("mean",),
    "cpu_blocks": ("mean",),
    "client_latency": ("median_of_paired_differences", "mean", "p50", "p90", "p99"),
    "doses_cpu": ("mean",),
    "dropconnect_cpu": ("mean",),
    "dropconnect_latency": ("median_of_paired_differences", "mean"),
}
# Where a cost comes from, the ratio is what is steady when the host's speed is not;
# microseconds are the ratio times the reference's level over all units (docs/method.md). The
# others stay differences, which add up to one another.
_BY_RATIO: frozenset[InstrumentName] = frozenset(
    ("in_process", "cpu_per_request", "cpu_blocks", "doses_cpu", "dropconnect_cpu")
)
_DIFFERENCES: Mapping[Statistic, _ArmFigures] = {
    "mean": mean_differences,
    "median_of_paired_differences": median_paired_differences,
    "p50": partial(quantile_differences, probability=0.5),
    "p90": partial(quantile_differences, probability=0.9),
    "p99": partial(quantile_differences, probability=0.99),
}
_LEVELS: Mapping[Statistic, _ArmFigures] = {
    "mean": arm_means,
    "median_of_paired_differences": partial(arm_quantiles, probability=0.5),
    "p50": partial(arm_quantiles, probability=0.5),
    "p90": partial(arm_quantiles, probability=0.9),
    "p99": partial(arm_quantiles, probability=0.99),
}


@dataclass(frozen=True, slots=True)
class Measurement:
    """One instrument's usable starts, two a unit, and how intervals are made from them.

    Attributes
    ----------
    instrument : str
        Which one.
    arms : tuple of str
        The reference first.
    starts : tuple of StartRecord
        The starts of complete units, two after two, in the order of time.
    tables : tuple of RoundTable
        One a start.
    unpaired_starts : int
        Finished starts that are not among them.
    rule : IntervalRule
        Of the campaign that the starts belong to.
    level : float
        Confidence of the intervals.
    """

    instrument: InstrumentName
    arms: tuple[str, ...]
    starts: tuple[StartRecord, ...]
    tables: tuple[RoundTable, ...]
    unpaired_starts: int
    rule: IntervalRule
    level: float

    @property
    def units(self) -> int:
        """Number of units of replication."""
        return len(self.starts) // 2

    def by_unit(self, figures: _ArmFigures) -> Floats:
        """Apply an estimator to every start and average each pair; shape (units, arms)."""
        by_start = np.array([figures(table.times_ns) for table in self.tables])
        return unit_means(by_start, np.arange(len(self.starts)).reshape(self.units, 2))

    def estimate(self, by_unit: Floats, unit: str) -> Estimate:
        """Estimate a mean from one value a unit."""
        return self.rule.estimate(by_unit, level=self.level, unit=unit)


def pair_up(
    instrument: InstrumentName,
    starts: Sequence[tuple[StartRecord, RoundTable]],
    rule: IntervalRule,
    level: float,
) -> Measurement | None:
    """Keep the starts that have complete rounds and a partner that has some too.

    Parameters
    ----------
    instrument : str
        Which one.
    starts : sequence of (StartRecord, RoundTable)
        All its finished starts, of the same arms; may be empty.
    rule : IntervalRule
        The campaign's.
    level : float
        Confidence of the intervals.

    Returns
    -------
    Measurement or None
        None where there is no such pair.
    """
    usable = [(start, table) for start, table in starts if table.rounds]
    pairs = pair_starts([start.unit for start, _ in usable])
    if not len(pairs):
        return None
    chosen = [usable[index] for index in pairs.ravel()]
    return Measurement(
        instrument=instrument,
        arms=chosen[0][0].arms,
        starts=tuple(start for start, _ in chosen),
        tables=tuple(table for _, table in chosen),
        unpaired_starts=len(starts) - len(chosen),
        rule=rule,
        level=level,
    )


def instrument_result(measurement: Measurement, *, contrast: str, control: str) -> InstrumentResult:
    """Estimate everything that an instrument is asked for.

    Parameters
    ----------
    measurement : Measurement
        At least one unit.
    contrast, control : str
        The arm that matters most, and the A/A control; either may be no arm of this instrument,
        whose last arm then matters most.
    """
    contrast = contrast if contrast in measurement.arms else measurement.arms[-1]
    statistics = STATISTICS[measurement.instrument]
    differences = tuple(
        difference
        for statistic in statistics
        for difference in _differences(measurement, statistic)
    )
    headline = {
        difference.arm: difference.absolute
        for difference in differences
        if difference.statistic == statistics[0]
    }
    starts = measurement.starts
    return InstrumentResult(
        instrument=measurement.instrument,
        arms=measurement.arms,
        headline=statistics[0],
        starts=len(starts),
        units=measurement.units,
        unpaired_starts=measurement.unpaired_starts,
        rounds=sum(table.rounds for table in measurement.tables),
        rounds_left_out=sum(table.left_out for table in measurement.tables),
        measured_cores=_cores([start.measured_core for start in starts]),
        generator_cores=_cores([start.generator_core for start in starts]),
        levels=_levels(measurement),
        differences=differences,
        noise_floor=headline.get(control),
        minimum_detectable_us=minimum_detectable_effect(headline[contrast]),
        adjusted_p=_adjusted_p(headline, measurement.rule),
    )


def _differences(measurement: Measurement, statistic: Statistic) -> tuple[Difference, ...]:
    difference_of, level_of = _DIFFERENCES[statistic], _LEVELS[statistic]

    def relative_of(table: Table) -> Floats:
        return relative_differences(difference_of(table), level_of(table))

    relative = measurement.by_unit(relative_of)
    reference_level = measurement.estimate(measurement.by_unit(level_of)[:, 0] * US_PER_NS, "µs")
    if measurement.instrument in _BY_RATIO:
        absolute_us = relative * reference_level.point
    else:
        absolute_us = measurement.by_unit(difference_of) * US_PER_NS
    return tuple(
        Difference(
            arm=arm,
            statistic=statistic,
            absolute=measurement.estimate(absolute_us[:, column], "µs"),
            relative=measurement.estimate(relative[:, column], "ratio"),
            reference_level=reference_level,
            absolute_by_unit_us=tuple(absolute_us[:, column].tolist()),
            relative_by_unit=tuple(relative[:, column].tolist()),
        )
        for column, arm in enumerate(measurement.arms)
        if column
    )


def _adjusted_p(headline: Mapping[str, Estimate], rule: IntervalRule) -> dict[str, float]:
    if rule.kind is IntervalKind.SEQUENCE:
        return {}
    found = {arm: p_value(estimate, rule.looks) for arm, estimate in headline.items()}
    known = {arm: value for arm, value in found.items() if value is not None}
    return dict(zip(known, holm(list(known.values())).tolist(), strict=True))


def _levels(measurement: Measurement) -> tuple[ArmLevels, ...]:
    by_unit = {name: measurement.by_unit(_LEVELS[name]) for name in ("mean", "p50", "p90", "p99")}

    def estimate(name: str, column: int) -> Estimate:
        return measurement.estimate(by_unit[name][:, column] * US_PER_NS, "µs")

    return tuple(
        ArmLevels(
            arm=arm,
            mean=estimate("mean", column),
            p50=estimate("p50", column),
            p90=estimate("p90", column),
            p99=estimate("p99", column),
        )
        for column, arm in enumerate(measurement.arms)
    )


def _cores(cores: Sequence[int | None]) -> tuple[int, ...]:
    return tuple(sorted({core for core in cores if core is not None}))
