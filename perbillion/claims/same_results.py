"""C5: in which sense regular and inverted dropout give the same results."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import groupby
from typing import Self

from contract.lecture_evidence import LectureEvidence, PairDifference
from contract.ledger import ClaimFigure, SettledClaim, Settlement
from perbillion.claims.identity import identity_figure, identity_of, outcome, within_rounding
from perbillion.claims.seed_estimates import compared, points_above, told
from report.rounding import bare_interval, count, percent, significant
from stats.estimate import Estimate, t_estimate

# After one epoch rounding has been amplified some hundredfold; other rules part by tenths.
_BEGUN_BY_ROUNDING = 1e-3


@dataclass(frozen=True, slots=True)
class _Readings:
    """The three readings of "exactly the same results".

    Attributes
    ----------
    one_network : bool
        (a) One set of weights, told both ways, predicts the same: to the bit at p = 0.5, to
        rounding elsewhere.
    matched : bool
        (b) Two trainings matched by the rule come to the same: to the bit at p = 0.5; elsewhere
        they begin to part by rounding, which training amplifies.
    naive : bool
        (c) Two trainings with the same start and learning rate come to the same, to the bit.
    """

    one_network: bool
    matched: bool
    naive: bool

    @classmethod
    def of(cls, evidence: LectureEvidence) -> Self:
        half = identity_of(evidence, "two-eval-forms-half")
        return cls(
            one_network=not half.unequal
            and within_rounding(identity_of(evidence, "two-eval-forms")),
            matched=all(map(_follows, _pairs(evidence, "matched"))),
            naive=all(pair.largest_logit_difference == 0 for pair in _pairs(evidence, "naive")),
        )

    @property
    def verdict(self) -> Settlement:
        if not self.one_network:
            return Settlement.FAILS
        if self.matched and self.naive:
            return Settlement.HOLDS
        return Settlement.CONDITION


def settle_c5(evidence: LectureEvidence) -> SettledClaim:
    """Judge each of the three readings, and say what the sentence means by them."""
    readings = _Readings.of(evidence)
    halves = identity_of(evidence, "two-eval-forms-half")
    elsewhere = identity_of(evidence, "two-eval-forms")
    naive = _pairs(evidence, "naive")
    return SettledClaim(
        id="C5",
        claim="Regular and inverted dropout should give you exactly the same results.",
        verdict=readings.verdict,
        because=" ".join(
            (
                _CONDITIONS[readings.verdict],
                _one_network(readings, evidence),
                _matched(readings, evidence),
                _naive(readings, evidence),
            )
        ),
        figures=(
            identity_figure(halves),
            identity_figure(elsewhere),
            *(_pair_figure(pair) for pair in _pairs(evidence, "matched")),
            *(_pair_figure(pair) for pair in naive),
            ClaimFigure(
                name="test accuracy of regular dropout, naively trained, above inverted dropout",
                value=told(_accuracy_apart(evidence)),
            ),
        ),
        how="(a) Random networks, their weights W as inverted and W/(1-p) as regular dropout. (b) "
        "Two trainings with the same masks, the regular one started at W/(1-p) and trained at "
        "lr/(1-p)² in every matrix that a dropped layer feeds, by plain SGD. (c) Two trainings "
        f"with the same start and learning rate and the same seed, for {len(naive)} seeds.",
    )


_CONDITIONS = {
    Settlement.HOLDS: "The results are the same in every sense that was tried.",
    Settlement.CONDITION: 'What "exactly the same results" means decides.',
    Settlement.FAILS: "Not even one set of weights gives the same results in both forms.",
}


def _one_network(readings: _Readings, evidence: LectureEvidence) -> str:
    half = outcome(identity_of(evidence, "two-eval-forms-half"))
    elsewhere = identity_of(evidence, "two-eval-forms").largest_difference
    if readings.one_network:
        return (
            f"As one trained network told both ways they are the same function: {half} at p = 0.5, "
            f"and apart by rounding alone at other p (up to {elsewhere:.1g} of the largest logit)."
        )
    return (
        f"As one trained network told both ways they are not the same function: {half} at p = 0.5, "
        f"and apart by up to {elsewhere:.1g} of the largest logit at other p."
    )


def _matched(readings: _Readings, evidence: LectureEvidence) -> str:
    pairs = sorted(_pairs(evidence, "matched"), key=lambda pair: (-pair.p, pair.epochs))
    told_pairs = "; ".join(
        f"at p = {p:g} {'; '.join(map(_after_epochs, of_p))}"
        for p, of_p in groupby(pairs, key=lambda pair: pair.p)
    )
    matching = "where start and learning rate are matched for it (W/(1-p) and lr/(1-p)²)"
    if readings.matched:
        return (
            f"As two trainings they are the same {matching}, but for rounding, which training "
            f"amplifies and which at p = 0.5 there is none of: {told_pairs}."
        )
    return f"As two trainings they are not the same even {matching}: {told_pairs}."


def _naive(readings: _Readings, evidence: LectureEvidence) -> str:
    pairs = _pairs(evidence, "naive")
    if readings.naive:
        return "With the same start and learning rate in both they are the same as well."
    apart = t_estimate([pair.largest_logit_difference for pair in pairs], unit="")
    changed = t_estimate([pair.different_predictions / pair.rows for pair in pairs], unit="ratio")
    return (
        "With the same start and learning rate in both, as anybody would train them, they are two "
        f"different networks: logits up to {bare_interval(apart)} apart, {percent(changed)} of the "
        "test images predicted differently; with regular dropout the accuracy is "
        f"{compared(_accuracy_apart(evidence))}."
    )


def _pair_figure(pair: PairDifference) -> ClaimFigure:
    return ClaimFigure(
        name=f"{pair.matching} pair, p = {pair.p:g}, {count(pair.epochs, 'epoch')}, "
        f"seed {pair.seed}",
        value=_apart(pair),
    )


def _after_epochs(pair: PairDifference) -> str:
    return f"after {count(pair.epochs, 'epoch')} {_apart(pair)}"


def _apart(pair: PairDifference) -> str:
    if pair.largest_logit_difference == 0:
        return "the same to the bit"
    changed = f"{pair.different_predictions:,} of {pair.rows:,} predictions differ"
    return (
        f"logits of up to {significant(pair.largest_logit, 3)} are up to "
        f"{pair.largest_logit_difference:.2g} apart and {changed}"
    )


def _accuracy_apart(evidence: LectureEvidence) -> Estimate:
    return points_above(
        evidence.group("regular-naive").test_accuracy, evidence.group("inverted").test_accuracy
    )


def _pairs(evidence: LectureEvidence, matching: str) -> tuple[PairDifference, ...]:
    return tuple(pair for pair in evidence.pairs if pair.matching == matching)


def _follows(pair: PairDifference) -> bool:
    """Say whether a matched pair is as close as the rule has it."""
    if pair.p == 0.5:
        return pair.largest_logit_difference == 0
    begun = pair.epochs == 1
    return not begun or pair.largest_logit_difference <= _BEGUN_BY_ROUNDING * pair.largest_logit
