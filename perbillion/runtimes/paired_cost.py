"""What the scalings cost in one runtime, over units of two processes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Self

import numpy as np
import numpy.typing as npt

from perbillion.runtimes.pair_models import ARMS
from perbillion.runtimes.paired_order import StartFound
from report.result_part import ResultPart
from stats.estimate import Estimate, t_estimate
from stats.unit import STARTS_PER_UNIT, unit_means

_US_PER_NS = 1e-3
_REGULAR, _AGAIN = ARMS.index("regular"), ARMS.index("again")

Floats = npt.NDArray[np.float64]


class PairedCost(ResultPart):
    """Regular minus inverted, and inverted minus inverted.

    The figure of a process is the median over its rounds of (arm minus reference of the same
    round), as a share of the reference's median: rounds are few and a machine is never quite
    still, so means would show single interruptions. The mean of two processes with reversed load
    orders is a unit; intervals come from the spread between units (``stats.estimate``).

    Attributes
    ----------
    units, rounds : int
        Units; rounds of all processes together.
    reference : Estimate
        The reference's median time, in microseconds.
    relative, control : Estimate
        Of the scaled arm and of the A/A control, as ratios to the reference.
    of_means : Estimate
        The scaled arm's difference of means as a ratio to the reference's mean.
    relative_by_unit, control_by_unit : tuple of float
        What the two estimates are made from.
    steal_share, foreign_share : float
        What the hypervisor and other processes took of the machine meanwhile.
    """

    units: int
    rounds: int
    reference: Estimate
    relative: Estimate
    control: Estimate
    of_means: Estimate
    relative_by_unit: tuple[float, ...]
    control_by_unit: tuple[float, ...]
    steal_share: float
    foreign_share: float

    @property
    def difference(self) -> Estimate:
        """The scaled arm minus the reference, in microseconds."""
        return self.relative.scaled(self.reference.point, "µs")

    @classmethod
    def of(cls, starts: Sequence[StartFound], steal_share: float, foreign_share: float) -> Self:
        """Estimate from processes that come in pairs, two after two.

        Parameters
        ----------
        starts : sequence of StartFound
            In the order of time; an even number.
        steal_share, foreign_share : float
            Of the whole time.
        """
        medians, means, paired = (
            np.array([getattr(start, name) for start in starts])
            for name in ("median_ns", "mean_ns", "paired_ns")
        )
        relative = _by_unit(paired / medians[:, :1])
        of_means = _by_unit(means / means[:, :1] - 1)
        reference = _by_unit(medians)[:, 0] * _US_PER_NS
        return cls(
            units=len(relative),
            rounds=sum(start.rounds for start in starts),
            reference=t_estimate(reference, unit="µs"),
            relative=t_estimate(relative[:, _REGULAR], unit="ratio"),
            control=t_estimate(relative[:, _AGAIN], unit="ratio"),
            of_means=t_estimate(of_means[:, _REGULAR], unit="ratio"),
            relative_by_unit=tuple(relative[:, _REGULAR].tolist()),
            control_by_unit=tuple(relative[:, _AGAIN].tolist()),
            steal_share=steal_share,
            foreign_share=foreign_share,
        )


def _by_unit(by_start: Floats) -> Floats:
    return unit_means(by_start, np.arange(len(by_start)).reshape(-1, STARTS_PER_UNIT))
