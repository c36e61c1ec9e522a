"""What campaigns of a model against itself said."""

from __future__ import annotations

from typing import Literal

import numpy as np
from scipy import special

from benchmarks.pages.page import Part
from contract.document import Document
from contract.environment import Environment
from stats.estimate import Estimate
from stats.verdict import VerdictKind, decide

CLAIMS = (VerdictKind.SLOWER, VerdictKind.FASTER)
# Of 40 sound campaigns at 95 %, more than this many say "detected" in 3 cases of 1,000.
MOST_DETECTED_SHARE = 6 / 40


class AaPlan(Part):
    """How many campaigns, and how large.

    Attributes
    ----------
    campaigns : int
        How many.
    pairs : int
        Units of each: pairs of server starts.
    seconds_per_start : float
        Of rounds.
    seed : int
        The first campaign's; each has its own.
    """

    campaigns: int = 40
    pairs: int = 6
    seconds_per_start: float = 1.0
    seed: int = 1000


class AaCampaign(Part):
    """One campaign.

    Attributes
    ----------
    verdict : VerdictKind
        What the report says, gates included.
    failed_gates : tuple of str
        Which gates failed.
    contrast, control : Estimate
        The arm that the verdict is about and the A/A control, which are both the reference
        itself: the relative difference of CPU per request.
    reference_us : float
        The reference's CPU per request.
    seconds : float
        From the first start to the report.
    steal_share, foreign_share : float
        What of the machine the hypervisor and other processes took meanwhile.
    """

    verdict: VerdictKind
    failed_gates: tuple[str, ...]
    contrast: Estimate
    control: Estimate
    reference_us: float
    seconds: float
    steal_share: float
    foreign_share: float

    @property
    def detected(self) -> bool:
        """Whether the interval excludes zero: a false alarm."""
        return self.contrast.excludes_zero

    def claims(self, margin: float) -> bool:
        """Say whether a difference beyond the margin is claimed, by the report or without gates.

        A gate that fails would hide a wrong interval; it does not here.
        """
        return self.verdict in CLAIMS or decide(self.contrast, margin).kind in CLAIMS


class AaResult(Document):
    """All campaigns, in the order of time.

    Schema history: 1 = first.

    Attributes
    ----------
    measured : str
        UTC, ISO 8601: when the first campaign began.
    margin : float
        Of the verdict.
    """

    schema_version: Literal[1] = 1
    measured: str
    environment: Environment
    plan: AaPlan
    margin: float
    campaigns: tuple[AaCampaign, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether all campaigns are there that were planned."""
        return len(self.campaigns) >= self.plan.campaigns

    @property
    def claims(self) -> int:
        """How many campaigns claim a difference beyond the margin; must be none."""
        return sum(one.claims(self.margin) for one in self.campaigns)

    @property
    def detected(self) -> int:
        """How many intervals exclude zero."""
        return sum(one.detected for one in self.campaigns)

    @property
    def most_detected(self) -> int:
        """How many may do so."""
        return int(MOST_DETECTED_SHARE * len(self.campaigns))

    @property
    def passed(self) -> bool:
        """Whether the method called a model no different from itself as often as it must."""
        return self.claims == 0 and self.detected <= self.most_detected

    @property
    def chance_of_more(self) -> float:
        """The chance that so many sound campaigns have more false alarms than may be."""
        return float(special.bdtrc(self.most_detected, len(self.campaigns), 0.05))

    @property
    def spread_ratio(self) -> float | None:
        """The spread between campaigns over the standard error they claim; sound: near 1.

        None where there are fewer than two.
        """
        points = np.array([one.contrast.point for one in self.campaigns])
        errors = np.array([one.contrast.standard_error or np.nan for one in self.campaigns])
        if len(points) < 2:
            return None
        return float(points.std(ddof=1) / np.sqrt(np.mean(errors**2)))
