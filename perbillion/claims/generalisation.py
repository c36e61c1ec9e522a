"""C10: whether the lecture's network overfits on MNIST, and what dropout does about it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

from contract.lecture_evidence import LectureEvidence, TrainedGroup
from contract.ledger import ClaimFigure, SettledClaim, Settlement
from perbillion.claims.notebook import notebook_figures, notebook_sentence, reproduced
from perbillion.claims.seed_estimates import (
    above_zero,
    accuracy,
    below_zero,
    compared,
    points_above,
    told,
)
from report.rounding import count, with_interval
from stats.estimate import Estimate

_ON_MNIST = "perbillion claims --data mnist"


@dataclass(frozen=True, slots=True)
class Overfitting:
    """How two groups of networks generalise, without and with dropout.

    Attributes
    ----------
    gap_without, gap_with : Estimate
        Training minus validation accuracy, in percentage points: the two curves that the lecture
        shows.
    closed : Estimate
        By how much dropout narrows that gap, paired by seed.
    test : Estimate
        Test accuracy with dropout above that without.
    """

    gap_without: Estimate
    gap_with: Estimate
    closed: Estimate
    test: Estimate

    @classmethod
    def of(cls, without: TrainedGroup, with_it: TrainedGroup) -> Self:
        """Estimate both groups' gaps and what lies between them."""
        gaps = [
            [
                train - held
                for train, held in zip(g.train_accuracy, g.validation_accuracy, strict=True)
            ]
            for g in (without, with_it)
        ]
        return cls(
            gap_without=points_above(without.train_accuracy, without.validation_accuracy),
            gap_with=points_above(with_it.train_accuracy, with_it.validation_accuracy),
            closed=points_above(*gaps),
            test=points_above(with_it.test_accuracy, without.test_accuracy),
        )

    @property
    def verdict(self) -> Settlement:
        """What becomes of "it overfits; with p = 0.5 there is no gap, but accuracy is lower"."""
        if not above_zero(self.gap_without) or not above_zero(self.closed):
            return Settlement.FAILS
        if above_zero(self.gap_with) or not below_zero(self.test):
            return Settlement.CONDITION
        return Settlement.HOLDS

    @property
    def sentences(self) -> str:
        """Say what was found, one statement after the other."""
        if not above_zero(self.gap_without):
            first = f"Without dropout no overfitting can be seen: a gap of {told(self.gap_without)}"
        else:
            first = f"Without dropout the network overfits: a gap of {told(self.gap_without)}"
        if not above_zero(self.closed):
            second = f"dropout does not narrow it: {told(self.gap_with)} are left"
        elif above_zero(self.gap_with):
            second = f"with p = 0.5 it is narrower, not gone: {told(self.gap_with)}"
        else:
            second = f"with p = 0.5 there is none left ({with_interval(self.gap_with)})"
        if below_zero(self.test):
            third = f"but test accuracy is {compared(self.test)}"
        else:
            third = f"test accuracy is no lower: {compared(self.test)}"
        return f"{first} between training and validation accuracy; {second}; {third}."


def settle_c10(evidence: LectureEvidence) -> SettledClaim:
    """Judge the lecture's example, on MNIST; on other data say what is seen there."""
    without, with_it = evidence.group("none"), evidence.group("inverted")
    seen = Overfitting.of(without, with_it)
    if not evidence.notebook:
        verdict = Settlement.OPEN
        because = (
            f"The claim is about MNIST, which `{_ON_MNIST}` trains on. On the "
            f"{evidence.data.name}, other data, the like of it {_ELSEWHERE[seen.verdict]}. "
            f"{seen.sentences}"
        )
    else:
        verdict = seen.verdict
        if verdict is Settlement.HOLDS and not reproduced(evidence.notebook):
            verdict = Settlement.CONDITION
        accuracies = " and ".join(
            with_interval(accuracy(group.test_accuracy)) for group in (without, with_it)
        )
        because = (
            f"{seen.sentences} Test accuracy is {accuracies}, without dropout and with it. "
            f"{notebook_sentence(evidence.notebook)}"
        )
    return SettledClaim(
        id="C10",
        claim="Two hidden layers on MNIST for 50 epochs: without dropout the network overfits, "
        'test accuracy is "97.5 % approximately"; with p = 0.5 there is no overfitting, but "only '
        '96.5 %".',
        verdict=verdict,
        because=because,
        figures=(
            *_group_figures(without),
            *_group_figures(with_it),
            ClaimFigure(name="gap narrowed by dropout", value=told(seen.closed)),
            ClaimFigure(name="test accuracy with dropout above without", value=told(seen.test)),
            *notebook_figures(evidence.notebook),
        ),
        how=f"The notebook's network and training ({count(without.epochs, 'epoch')}, batches of "
        f"{evidence.batch_size}, plain SGD at {evidence.learning_rate:g}) on {evidence.data.name}, "
        f"from {count(len(without.seeds), 'seed')}, of which {without.seeds[0]} is the notebook's.",
    )


_ELSEWHERE = {
    Settlement.HOLDS: "holds",
    Settlement.CONDITION: "holds in part",
    Settlement.FAILS: "does not hold",
}


def _group_figures(group: TrainedGroup) -> tuple[ClaimFigure, ...]:
    train, validation, test = (
        with_interval(accuracy(shares))
        for shares in (group.train_accuracy, group.validation_accuracy, group.test_accuracy)
    )
    return (
        ClaimFigure(
            name=f"accuracy, {group.told}: train, validation, test",
            value=f"{train}; {validation}; {test}",
        ),
        ClaimFigure(
            name=f"gap, {group.told}: train minus validation",
            value=told(points_above(group.train_accuracy, group.validation_accuracy)),
        ),
        ClaimFigure(
            name=f"gap, {group.told}: train minus test",
            value=told(points_above(group.train_accuracy, group.test_accuracy)),
        ),
    )
