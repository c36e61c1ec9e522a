"""What every method said in every repetition."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from benchmarks.pages.page import Part
from benchmarks.resolution.figures import Answer, ArmLoad, Contrast, Method, answers_of
from benchmarks.resolution.paired_campaign import CampaignFigures
from contract.document import Document
from contract.environment import Environment
from stats.verdict import VerdictKind


class ResolutionPlan(Part):
    """How often, and how much time a method has.

    Attributes
    ----------
    repetitions : int
        How often every method answers.
    seconds : float
        What a method may take for an answer, starts of servers included.
    seed : int
        All others follow from it.
    """

    repetitions: int = 10
    seconds: float = 45.0
    seed: int = 1


class Amounts(Part):
    """What fits into that time, found by trying once before the first repetition.

    Attributes
    ----------
    locust_seconds, wrk_seconds : int
        Of load, for each of three servers.
    start_overhead_seconds : float
        What a start of a campaign takes beyond its rounds.
    """

    locust_seconds: int
    wrk_seconds: int
    start_overhead_seconds: float


class Turn(Part):
    """One answer of one method.

    Attributes
    ----------
    method : str
        Which one.
    seconds : float
        What it took.
    steal_share, foreign_share : float
        What of the machine the hypervisor and other processes took meanwhile.
    loads : tuple of ArmLoad
        What the usual way reported, in the order of time; empty for the other one.
    campaign : CampaignFigures or None
        What this project's way reported.
    """

    method: Method
    seconds: float
    steal_share: float
    foreign_share: float
    loads: tuple[ArmLoad, ...] = ()
    campaign: CampaignFigures | None = None

    @property
    def answers(self) -> tuple[Answer, ...]:
        """Its answers, one a statistic."""
        if self.campaign is not None:
            return self.campaign.answers
        return answers_of({load.arm: load for load in self.loads})


class Repetition(Part):
    """Every method once, in the order of time."""

    turns: tuple[Turn, ...]


@dataclass(frozen=True, slots=True)
class Series:
    """All answers of one method by one statistic."""

    method: Method
    statistic: str
    answers: tuple[Answer, ...]

    def percents(self, contrast: Contrast) -> list[float]:
        """Return the answers for a contrast, in the order of time."""
        return [answer.percent(contrast) for answer in self.answers]

    def spread(self, contrast: Contrast) -> float | None:
        """Return their standard deviation, in percent; None below two."""
        values = self.percents(contrast)
        return float(np.std(values, ddof=1)) if len(values) > 1 else None

    def wrong(self, contrast: Contrast) -> int:
        """Return how many of them lead to a wrong conclusion."""
        return sum(answer.wrong(contrast) for answer in self.answers)


class ResolutionResult(Document):
    """All repetitions.

    Schema history: 1 = first.

    Attributes
    ----------
    measured : str
        UTC, ISO 8601: when the first repetition began.
    server_core, load_core : int
        Which core ran what.
    """

    schema_version: Literal[1] = 1
    measured: str
    environment: Environment
    server_core: int
    load_core: int
    plan: ResolutionPlan
    amounts: Amounts
    repetitions: tuple[Repetition, ...] = ()

    @property
    def complete(self) -> bool:
        """Whether all repetitions are there that were planned."""
        return len(self.repetitions) >= self.plan.repetitions

    @property
    def turns(self) -> tuple[Turn, ...]:
        """All turns, in the order of time."""
        return tuple(turn for repetition in self.repetitions for turn in repetition.turns)

    def of(self, method: Method) -> tuple[Turn, ...]:
        """Return the turns of one method."""
        return tuple(turn for turn in self.turns if turn.method == method)

    def series(self, method: Method) -> tuple[Series, ...]:
        """Return a method's answers, one series a statistic; at least one turn is needed."""
        columns = zip(*(turn.answers for turn in self.of(method)), strict=True)
        return tuple(Series(method, column[0].statistic, column) for column in columns)

    def verdicts(self, contrast: Contrast) -> list[VerdictKind]:
        """Return what this project's way concluded, in the order of time."""
        campaigns = [turn.campaign for turn in self.of("perbillion") if turn.campaign is not None]
        return [
            one.again_verdict if contrast == "again" else one.regular_verdict for one in campaigns
        ]
