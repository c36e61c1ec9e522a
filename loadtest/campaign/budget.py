"""How many units fit into the time that was given for measuring."""

from __future__ import annotations

from dataclasses import dataclass
from time import perf_counter
from typing import Self

from contract.measurement_plan import MeasurementPlan
from contract.run_record import RunRecord, StartKind
from loadtest.campaign.durations import start_seconds
from stats.estimate import MINIMUM_UNITS

# Of the time: the verdict's campaign gets what the others leave.
_MOST_SHARE = {"in_process": 0.15, "doses": 0.2, "dropconnect": 0.1, "capacity": 0.2}


@dataclass(frozen=True, slots=True)
class Budget:
    """The time for all measuring; without one, everything is measured as the profile says.

    Attributes
    ----------
    experiment : MeasurementPlan
        With the time that was given, or none.
    began : float
        On `time.perf_counter`: when measuring began, what an earlier part of the run took
        included.
    """

    experiment: MeasurementPlan
    began: float

    @classmethod
    def of(cls, experiment: MeasurementPlan, record: RunRecord) -> Self:
        """Begin to count; what is recorded already counts too."""
        starts = (*record.starts, *record.disturbed)
        return cls(experiment, perf_counter() - sum(start.seconds for start in starts))

    def pairs(self, kind: StartKind) -> int:
        """Return how many pairs of starts a campaign of a fixed number of units gets.

        0 where fewer than an interval takes fit into its share.
        """
        wanted = self.experiment.pairs_of(kind)
        seconds = self.experiment.stopping.budget_seconds
        if seconds is None:
            return wanted
        fitting = int(_MOST_SHARE[kind] * seconds / (2 * start_seconds(self.experiment, kind)))
        return min(wanted, fitting) if fitting >= MINIMUM_UNITS else 0

    def served_pairs(self, record: RunRecord) -> int | None:
        """Return how many pairs of the verdict's campaign fit; None without a budget.

        Parameters
        ----------
        record : RunRecord
            The in-process starts in it tell how fast this machine is.
        """
        experiment = self.experiment
        seconds = experiment.stopping.budget_seconds
        if seconds is None:
            return None
        left = seconds - (perf_counter() - self.began) - self._reserved_seconds
        load = experiment.served.seconds_per_start
        rest = start_seconds(experiment, "served") - load
        return max(1, int(left / (2 * (load + rest * self._slowness(record)))))

    def has_time_for(self, seconds: float) -> bool:
        """Say whether the verdict's campaign can take so much more and leave the later theirs."""
        given = self.experiment.stopping.budget_seconds
        if given is None:
            return True
        return perf_counter() - self.began + seconds + self._reserved_seconds <= given

    @property
    def _reserved_seconds(self) -> float:
        """What the campaigns that come after the verdict's are planned to take."""
        kinds: tuple[StartKind, ...] = ("doses", "dropconnect", "capacity")
        return sum(2 * self.pairs(kind) * start_seconds(self.experiment, kind) for kind in kinds)

    def _slowness(self, record: RunRecord) -> float:
        starts = record.of("in_process")
        if not starts:
            return 1.0
        seen = sum(start.seconds for start in starts) / len(starts)
        return max(1.0, seen / start_seconds(self.experiment, "in_process"))
