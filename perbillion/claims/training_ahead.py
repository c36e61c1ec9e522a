"""How much training a ledger still takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path
from typing import Self

from loadtest.machine.cores import available_cores
from perbillion.claims.training_pool import missing_plans
from report.rounding import count
from train.plan import NetworkPlan

# Seen on an Intel Xeon virtual machine with a training on each of its two cores. A step of SGD
# costs something by itself, and moves every weight; a row passes every weight forth and back.
_STEP_SECONDS = 0.6e-3
_STEP_SECONDS_PER_WEIGHT = 0.2e-9
_ROW_SECONDS = 1.5e-6
_ROW_SECONDS_PER_WEIGHT = 0.07e-9
# Masks of weights, for every example others.
_DROPCONNECT_ROW_SECONDS = 17e-6
_TRAINING_ROWS = {"digits": 1_078, "mnist": 54_000}


@dataclass(frozen=True, slots=True)
class TrainingAhead:
    """Networks that are trained, and those that are not.

    Attributes
    ----------
    finished : int
        How many are in the archive.
    plans : tuple of NetworkPlan
        Of those that are not.
    workers : int
        Processes that train side by side.
    """

    finished: int
    plans: tuple[NetworkPlan, ...]
    workers: int

    @classmethod
    def of(cls, plans: Sequence[NetworkPlan], folder: Path, workers: int | None) -> Self:
        """Look into an archive.

        Raises
        ------
        ArtifactError
            If a card or weights in it cannot be read.
        """
        missing = missing_plans(plans, folder)
        side_by_side = min(workers or len(available_cores()), max(1, len(missing)))
        return cls(len(plans) - len(missing), missing, side_by_side)

    @property
    def seconds(self) -> float:
        """About how long the rest takes on a machine of today, with a core for each worker."""
        return sum(map(_training_seconds, self.plans)) / self.workers

    @property
    def told(self) -> str:
        """Say how many networks there are, and about how long the rest takes."""
        networks = count(self.finished + len(self.plans), "network")
        if not self.plans:
            return f"{networks}, all of them trained already"
        return (
            f"{networks}: {self.finished} trained already, {len(self.plans)} ahead, about "
            f"{self.seconds / 60:.1f} minutes with {self.workers} at a time"
        )


def _training_seconds(plan: NetworkPlan) -> float:
    architecture = plan.architecture
    weights = sum(inputs * outputs for inputs, outputs in pairwise(architecture.layer_widths))
    steps = plan.epochs * (_TRAINING_ROWS[plan.data_name] // plan.batch_size)
    row = _ROW_SECONDS + weights * _ROW_SECONDS_PER_WEIGHT
    if architecture.dropout == "dropconnect":
        row += _DROPCONNECT_ROW_SECONDS
    return steps * (_STEP_SECONDS + weights * _STEP_SECONDS_PER_WEIGHT + plan.batch_size * row)
