"""Which interval a campaign's plan allows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Self

import numpy.typing as npt

from stats.confidence_sequence import sequence_estimate
from stats.estimate import MINIMUM_UNITS, Estimate, t_estimate
from stats.looks import look_level
from stats.stein import stein_estimate


class IntervalKind(StrEnum):
    """How a campaign decides when it ends.

    ======== ==========================================================================
    FIXED    after a number of units that was fixed beforehand, looked at once
    LOOKS    at one of several looks that were planned beforehand
    STEIN    after as many units as the first stage says that a target half-width takes
    SEQUENCE whenever somebody likes
    ======== ==========================================================================
    """

    FIXED = "fixed"
    LOOKS = "looks"
    STEIN = "stein"
    SEQUENCE = "sequence"


@dataclass(frozen=True, slots=True)
class IntervalRule:
    """A plan, turned into intervals; every one of a campaign's is made by the same.

    Attributes
    ----------
    kind : IntervalKind
        How the campaign decides when it ends.
    looks : int
        LOOKS: how many were planned, taken or not.
    first_stage : int
        STEIN: units of the first stage, whose spread and degrees of freedom are kept.

    Raises
    ------
    ValueError
        If there is no look, or the first stage is too small for an interval.
    """

    kind: IntervalKind = IntervalKind.FIXED
    looks: int = 1
    first_stage: int = MINIMUM_UNITS

    def __post_init__(self) -> None:
        if self.looks < 1:
            raise ValueError(f"a campaign is looked at once or more often, not {self.looks} times")
        if self.first_stage < MINIMUM_UNITS:
            raise ValueError(
                f"a first stage has {MINIMUM_UNITS} units or more, not {self.first_stage}"
            )

    @classmethod
    def planned(cls, looks: int, first_stage: int | None = None) -> Self:
        """Return the rule of a campaign that ends as it was planned.

        Parameters
        ----------
        looks : int
            How many looks were planned, taken or not; one: a fixed number of units.
        first_stage : int or None
            Units of the first of Stein's two stages; None where looks were planned.
        """
        if first_stage is not None:
            return cls(IntervalKind.STEIN, first_stage=first_stage)
        return cls(IntervalKind.LOOKS if looks > 1 else IntervalKind.FIXED, looks=looks)

    def estimate(self, values: npt.ArrayLike, *, level: float = 0.95, unit: str) -> Estimate:
        """Estimate a mean over units of replication.

        Parameters
        ----------
        values : array_like, shape (units,)
            One value a unit, in the order of time.
        level : float
            Confidence of the interval; with LOOKS and SEQUENCE of all of a campaign's
            intervals together.
        unit : str
            Unit of measure of the values.

        Returns
        -------
        Estimate
            Without an interval below ``MINIMUM_UNITS`` units.

        Raises
        ------
        ValueError
            If there is no value, or one that is not finite.
        """
        match self.kind:
            case IntervalKind.FIXED:
                return t_estimate(values, level=level, unit=unit)
            case IntervalKind.LOOKS:
                each = t_estimate(values, level=look_level(self.looks, level), unit=unit)
                return replace(each, level=level)
            case IntervalKind.STEIN:
                return stein_estimate(values, self.first_stage, level=level, unit=unit)
            case IntervalKind.SEQUENCE:
                return sequence_estimate(values, level=level, unit=unit)
