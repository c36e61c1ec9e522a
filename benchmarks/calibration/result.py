"""What the simulations came to, as a document."""

from __future__ import annotations

import math
from typing import Literal, Self

import numpy as np
import numpy.typing as npt

from benchmarks.pages.page import Part
from contract.document import Document
from contract.environment import Environment


class Rate(Part):
    """How many of the campaigns did something.

    Attributes
    ----------
    hits, campaigns : int
        So many of so many.
    share : float
        The one over the other.
    standard_error : float
        Of the share, by the binomial distribution.
    """

    hits: int
    campaigns: int
    share: float
    standard_error: float

    @classmethod
    def of(cls, hits: npt.NDArray[np.bool_]) -> Self:
        """Count; one entry a campaign, at least one."""
        share = float(hits.mean())
        return cls(
            hits=int(hits.sum()),
            campaigns=hits.size,
            share=share,
            standard_error=math.sqrt(share * (1 - share) / hits.size),
        )


class AtUnits(Part):
    """Plain t intervals after a number of units that was fixed beforehand.

    Attributes
    ----------
    units : int
        After how many.
    covered : Rate
        Campaigns whose interval holds the truth, where arms differ by 8 %.
    false_alarms : Rate
        Campaigns whose interval excludes zero, where the arms are the same (A/A).
    """

    units: int
    covered: Rate
    false_alarms: Rate


class Looked(Part):
    """Campaigns that end at the first planned look with a settled verdict.

    Attributes
    ----------
    effect_in_margins : float
        What the arms truly differ by, in margins.
    covered : Rate
        Campaigns whose last interval holds the truth.
    always_covered : Rate
        Campaigns of which no planned look excludes the truth, had none of them ended early.
    detected : Rate
        Campaigns whose last interval excludes zero.
    placed : Rate
        Campaigns that end with SLOWER or FASTER, of a size beyond the margin.
    settled : Rate
        Campaigns that end with a verdict that is neither INCONCLUSIVE nor SIZE OPEN.
    mean_units : float
        After how many units they end.
    """

    effect_in_margins: float
    covered: Rate
    always_covered: Rate
    detected: Rate
    placed: Rate
    settled: Rate
    mean_units: float


class Planned(Part):
    """Campaigns of which the first stage plans the number of units.

    Attributes
    ----------
    target_in_sds : float
        The half-width that is wanted, in standard deviations between units.
    covered : Rate
        Campaigns whose interval by Stein's rule holds the truth.
    covered_by_plain_t : Rate
        The same with a plain t interval over all units: a wrong way.
    reached : Rate
        Campaigns whose half-width is the target or less.
    cut : int
        Campaigns that would have taken more units than are simulated, and end there.
    mean_units : float
        How many units they take.
    mean_half_width_in_sds : float
        What half-width they reach.
    """

    target_in_sds: float
    covered: Rate
    covered_by_plain_t: Rate
    reached: Rate
    cut: int
    mean_units: float
    mean_half_width_in_sds: float


class Sequence(Part):
    """The confidence sequence, looked at after every unit.

    Attributes
    ----------
    most_units : int
        Looked at from six units to so many.
    covered : Rate
        Campaigns of which no interval excludes the truth.
    mean_half_width_in_sds : dict of int to float
        By units.
    """

    most_units: int
    covered: Rate
    mean_half_width_in_sds: dict[int, float]


class WrongWay(Part):
    """A way that is not used.

    Attributes
    ----------
    name : str
        What it is.
    covered : Rate
        Campaigns of which its interval holds the truth, or all of its intervals.
    """

    name: str
    covered: Rate


class ScenarioResult(Part):
    """All that was simulated of one scenario.

    Attributes
    ----------
    name, says : str
        What is the matter.
    unit_sd : float
        Standard deviation between units of the relative difference.
    """

    name: str
    says: str
    unit_sd: float
    fixed: tuple[AtUnits, ...]
    looked: tuple[Looked, ...]
    planned: tuple[Planned, ...]
    sequence: Sequence
    wrong_ways: tuple[WrongWay, ...]


class CalibrationResult(Document):
    """All scenarios.

    Schema history: 1 = first.

    Attributes
    ----------
    made : str
        UTC, ISO 8601.
    environment : Environment
        With the seed.
    campaigns : int
        How many of each kind were simulated in each scenario.
    rounds : int
        Of each start.
    level : float
        What the intervals promise.
    margin : float
        Of the verdicts.
    looks : tuple of int
        Units after which campaigns look.
    scenarios : tuple of ScenarioResult
        In which the intervals are to keep what they promise.
    beyond : tuple of ScenarioResult
        In which they cannot.
    """

    schema_version: Literal[1] = 1
    made: str
    environment: Environment
    campaigns: int
    rounds: int
    level: float
    margin: float
    looks: tuple[int, ...]
    scenarios: tuple[ScenarioResult, ...]
    beyond: tuple[ScenarioResult, ...]
