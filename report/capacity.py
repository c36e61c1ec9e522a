"""How many requests a second a server takes."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from contract.capacity_log import CapacityLog
from contract.run_record import StartRecord
from contract.sections import CapacitySection
from report.result_part import ResultPart
from stats.estimate import Estimate
from stats.interval import IntervalRule
from stats.unit import pair_starts, unit_means

Floats = npt.NDArray[np.float64]

# A rate that a few lucky blocks show is no capacity: this share of the units must have some.
SHARE_OF_UNITS = 0.5


class ArmCapacity(ResultPart):
    """One arm's capacity; the reference's ratios are None.

    Attributes
    ----------
    saturated_hz : Estimate or None
        Requests a second in blocks that kept the server's core busy; None where too few did.
    saturated_ratio : Estimate or None
        The difference from the reference as a share of it.
    held_hz, held_ratio : Estimate or None
        The same for the largest Poisson rate that holds the objective.
    """

    arm: str
    saturated_hz: Estimate | None
    saturated_ratio: Estimate | None
    held_hz: Estimate | None
    held_ratio: Estimate | None


class CapacityFacts(ResultPart):
    """What the capacity instrument found.

    Attributes
    ----------
    blocks, blocks_counted : int
        Saturated blocks, and those of them with the server's core busy enough to count.
    late_share : float
        Share of the open-loop requests that the generator sent late.
    """

    arms: tuple[ArmCapacity, ...]
    units: int
    connections: int
    busy_share: float
    blocks: int
    blocks_counted: int
    objective_ms: float
    objective_percentile: float
    probes: int
    late_share: float

    def of(self, arm: str) -> ArmCapacity | None:
        """Return one arm's capacity; None where it was not measured."""
        return next((found for found in self.arms if found.arm == arm), None)


def capacity_facts(
    starts: Sequence[tuple[StartRecord, CapacityLog]],
    section: CapacitySection,
    rule: IntervalRule,
    level: float,
) -> CapacityFacts | None:
    """Estimate every arm's capacity from the starts of complete units.

    Parameters
    ----------
    starts : sequence of (StartRecord, CapacityLog)
        All finished starts of the instrument; may be empty.
    section : CapacitySection
        What was asked, and how busy a core must be for a block to count.
    rule : IntervalRule
        The campaign's.
    level : float
        Confidence of the intervals.

    Returns
    -------
    CapacityFacts or None
        None without a complete unit.
    """
    pairs = pair_starts([start.unit for start, _ in starts])
    if not len(pairs):
        return None
    logs = [starts[index][1] for index in pairs.ravel().tolist()]
    estimator = _Estimator(len(pairs), rule, level)
    arms = logs[0].arms
    saturated = estimator.by_arm(arms, logs, lambda log: _saturated_hz(log, section.busy_share))
    held = estimator.by_arm(arms, logs, lambda log: log.largest_held_hz)
    blocks = [block for log in logs for block in log.blocks]
    probes = [probe for log in logs for probe in log.probes]
    sent = sum(probe.sent for probe in probes)
    return CapacityFacts(
        arms=tuple(
            ArmCapacity(
                arm=arm,
                saturated_hz=saturated[arm].hz,
                saturated_ratio=saturated[arm].ratio,
                held_hz=held[arm].hz,
                held_ratio=held[arm].ratio,
            )
            for arm in arms
        ),
        units=len(pairs),
        connections=section.connections,
        busy_share=section.busy_share,
        blocks=len(blocks),
        blocks_counted=sum(block.busy_share >= section.busy_share for block in blocks),
        objective_ms=section.objective_ms,
        objective_percentile=section.objective_percentile,
        probes=len(probes),
        late_share=sum(probe.late for probe in probes) / sent if sent else 0.0,
    )


@dataclass(frozen=True, slots=True)
class _Rate:
    hz: Estimate | None
    ratio: Estimate | None


@dataclass(frozen=True, slots=True)
class _Estimator:
    units: int
    rule: IntervalRule
    level: float

    def by_arm(
        self,
        arms: tuple[str, ...],
        logs: Sequence[CapacityLog],
        rates_of: Callable[[CapacityLog], Mapping[str, float]],
    ) -> dict[str, _Rate]:
        """Estimate rates from two logs a unit; a start that knows no rate has NaN."""
        rates = [rates_of(log) for log in logs]
        table = np.array([[found.get(arm, np.nan) for arm in arms] for found in rates])
        ratios = table / table[:, :1] - 1
        return {
            arm: _Rate(
                hz=self._estimate(table[:, column], "requests/s"),
                ratio=self._estimate(ratios[:, column], "ratio") if column else None,
            )
            for column, arm in enumerate(arms)
        }

    def _estimate(self, by_start: Floats, unit: str) -> Estimate | None:
        by_unit = unit_means(by_start, np.arange(2 * self.units).reshape(self.units, 2))
        known = by_unit[np.isfinite(by_unit)]
        if not known.size or known.size < SHARE_OF_UNITS * self.units:
            return None
        return self.rule.estimate(known, level=self.level, unit=unit)


def _saturated_hz(log: CapacityLog, busy_share: float) -> dict[str, float]:
    rates = {}
    for arm in log.arms:
        counted = [
            block for block in log.blocks if block.arm == arm and block.busy_share >= busy_share
        ]
        seconds = sum(block.seconds for block in counted)
        answered = sum(block.requests - block.failures for block in counted)
        if seconds > 0 and answered > 0:
            rates[arm] = answered / seconds
    return rates
