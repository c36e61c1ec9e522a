"""What comparisons of models with known answers said."""

from __future__ import annotations

from typing import Literal

from benchmarks.pages.page import Part
from contract.document import Document
from contract.environment import Environment
from report.result import LadderRow
from stats.estimate import Estimate
from stats.verdict import VerdictKind

CLAIMS = (VerdictKind.SLOWER, VerdictKind.FASTER)
MOST_DETECTED_SHARE = 4 / 20


class ComparisonsPlan(Part):
    """How many comparisons, and how large.

    Attributes
    ----------
    repetitions : int
        Of a model with itself.
    pairs : int
        Units of each instrument.
    rounds, seconds : int, float
        Of a start in process, and of a served one.
    seed : int
        The first comparison's; each has its own.
    """

    repetitions: int = 20
    pairs: int = 6
    rounds: int = 4000
    seconds: float = 1.5
    seed: int = 2000


class Compared(Part):
    """One comparison.

    Attributes
    ----------
    a, b : str
        Which models.
    verdict : VerdictKind
        What it says, gates included.
    failed_gates : tuple of str
        Which gates failed.
    same_function : bool
        Whether the two compute one function.
    in_process, cpu_per_request : Estimate
        The relative differences b - a.
    """

    a: str
    b: str
    verdict: VerdictKind
    failed_gates: tuple[str, ...]
    same_function: bool
    in_process: Estimate
    cpu_per_request: Estimate

    @property
    def detected(self) -> bool:
        """Whether the interval of the verdict excludes zero."""
        return self.cpu_per_request.excludes_zero


class ExtraScalings(Part):
    """A pair with extra scalings in every layer, measured twice.

    Attributes
    ----------
    nodes : int
        How many multiplications b has more.
    in_process, independent : Estimate
        Relative differences in process at 99.9 %: the comparison's own, and those of processes of
        their own that know nothing of it.
    apart : Estimate
        The former minus the latter, unit by unit, at 99.9 %.
    independent_us : Estimate
        The latter in microseconds.
    ladder : tuple of LadderRow
        The comparison's.
    """

    nodes: int
    in_process: Estimate
    independent: Estimate
    apart: Estimate
    independent_us: Estimate
    ladder: tuple[LadderRow, ...]

    @property
    def meets(self) -> bool:
        """Whether the two in-process figures agree."""
        return not self.apart.excludes_zero


class ComparisonsResult(Document):
    """All of them.

    Schema history: 1 = first.

    Attributes
    ----------
    measured : str
        UTC, ISO 8601.
    same : tuple of Compared
        A model with itself.
    scaled, folded : Compared
        ``regular`` beside ``inverted``, and folded ``regular`` beside ``regular``.
    other_exit_code : int
        What comparing two different networks ended with.
    other_starts : int
        How many starts it had made until then.
    extra : ExtraScalings
        Four more scalings a layer.
    """

    schema_version: Literal[1] = 1
    measured: str
    environment: Environment
    plan: ComparisonsPlan
    same: tuple[Compared, ...]
    scaled: Compared
    folded: Compared
    other_exit_code: int
    other_starts: int
    extra: ExtraScalings

    @property
    def claims(self) -> int:
        """How many comparisons of a model with itself claim a difference; must be none."""
        return sum(one.verdict in CLAIMS for one in self.same)

    @property
    def detected(self) -> int:
        """How many of them have an interval that excludes zero."""
        return sum(one.detected for one in self.same)

    @property
    def most_detected(self) -> int:
        """How many may."""
        return int(MOST_DETECTED_SHARE * len(self.same))

    @property
    def passed(self) -> bool:
        """Whether every comparison said what is known of its models."""
        return (
            self.claims == 0
            and self.detected <= self.most_detected
            and (self.scaled.in_process.low or 0.0) > 0
            and (self.folded.in_process.high or 0.0) < 0
            and self.folded.same_function
            and self.other_exit_code == 6
            and self.other_starts == 0
            and self.extra.meets
        )
