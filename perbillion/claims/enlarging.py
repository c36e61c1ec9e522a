"""C11: whether to enlarge a network until it overfits, and only then to add dropout."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

from contract.lecture_evidence import LectureEvidence, TrainedGroup
from contract.ledger import ClaimFigure, SettledClaim, Settlement
from perbillion.claims.seed_estimates import (
    above_zero,
    accuracy,
    below_zero,
    compared,
    points_above,
    told,
)
from report.lecture.network_text import listed
from report.rounding import count, with_interval
from stats.estimate import Estimate


@dataclass(frozen=True, slots=True)
class _Width:
    """The two groups of one width.

    Attributes
    ----------
    gap : Estimate
        Training minus test accuracy without dropout, in percentage points.
    gain : Estimate
        Test accuracy with dropout above that without, paired by seed.
    """

    width: int
    without: TrainedGroup
    with_it: TrainedGroup
    gap: Estimate
    gain: Estimate


@dataclass(frozen=True, slots=True)
class _Best:
    """The best width without dropout and the best with it, chosen by validation accuracy.

    Attributes
    ----------
    gain : Estimate
        Test accuracy of the best with dropout above that of the best without, paired by seed.
    """

    without: _Width
    with_it: _Width
    gain: Estimate


def settle_c11(evidence: LectureEvidence) -> SettledClaim:
    """Judge both halves of the advice by the sweep over widths."""
    widths = _widths(evidence.sweep)
    best = _best(widths)
    only_where_overfit = all(above_zero(w.gap) for w in widths if above_zero(w.gain))
    narrowest = widths[0]
    needless_there = not above_zero(narrowest.gain)
    if below_zero(best.gain) and _is_short(evidence):
        # Dropout learns more slowly: what it comes to is not known yet.
        verdict = Settlement.OPEN
    elif below_zero(best.gain) or not only_where_overfit:
        verdict = Settlement.FAILS
    elif above_zero(best.gain) and needless_there and best.with_it.width > narrowest.width:
        verdict = Settlement.HOLDS
    else:
        verdict = Settlement.CONDITION
    return SettledClaim(
        id="C11",
        claim="Use dropout only if the network overfits; better, enlarge it until it overfits and "
        "then add dropout.",
        verdict=verdict,
        because=f"{_overfitting_told(widths)} {_gains_told(widths)} {_best_told(best)}"
        f"{_shortness_told(evidence)}",
        figures=tuple(figure for width in widths for figure in _figures(width)),
        how=f"Networks with two hidden layers of one width, {narrowest.width} to "
        f"{widths[-1].width}, without dropout and with p = 0.5, each from "
        f"{count(len(narrowest.without.seeds), 'seed')} for "
        f"{count(narrowest.without.epochs, 'epoch')}. The gap is training minus test accuracy; the "
        "best widths are chosen by validation accuracy, not on the test images.",
    )


def _widths(sweep: Sequence[TrainedGroup]) -> list[_Width]:
    without, with_it = (
        {group.architecture.layer_widths[1]: group for group in sweep if wanted(group)}
        for wanted in (_is_without, lambda group: not _is_without(group))
    )
    return [
        _Width(
            width,
            without[width],
            with_it[width],
            gap=points_above(without[width].train_accuracy, without[width].test_accuracy),
            gain=points_above(with_it[width].test_accuracy, without[width].test_accuracy),
        )
        for width in sorted(without)
    ]


def _is_without(group: TrainedGroup) -> bool:
    return group.architecture.dropout == "none"


def _best(widths: Sequence[_Width]) -> _Best:
    without = max(widths, key=lambda width: fmean(width.without.validation_accuracy))
    with_it = max(widths, key=lambda width: fmean(width.with_it.validation_accuracy))
    gain = points_above(with_it.with_it.test_accuracy, without.without.test_accuracy)
    return _Best(without, with_it, gain)


def _overfitting_told(widths: Sequence[_Width]) -> str:
    narrowest, widest = widths[0], widths[-1]
    grown = points_above(_gaps(widest.without), _gaps(narrowest.without))
    ends = (
        f"{with_interval(narrowest.gap)} at {narrowest.width}, {with_interval(widest.gap)} at "
        f"{widest.width}"
    )
    overfit = _where(widths, lambda width: above_zero(width.gap))
    growing = "grows with the width" if above_zero(grown) else "does not grow with the width"
    if not overfit:
        return f"Without dropout no width overfits (the gap is {ends})."
    return f"Without dropout the network overfits {overfit}, and the gap {growing} ({ends})."


def _gaps(group: TrainedGroup) -> list[float]:
    return [
        train - test for train, test in zip(group.train_accuracy, group.test_accuracy, strict=True)
    ]


def _gains_told(widths: Sequence[_Width]) -> str:
    helps = _where(widths, lambda width: above_zero(width.gain))
    hurts = _where(widths, lambda width: below_zero(width.gain))
    unclear = _where(widths, lambda width: not width.gain.excludes_zero)
    parts = [
        f"{verb} {where}"
        for verb, where in (
            ("helps", helps),
            ("costs accuracy", hurts),
            ("changes nothing that can be told", unclear),
        )
        if where
    ]
    return f"Dropout of p = 0.5 {listed(parts)}."


def _is_short(evidence: LectureEvidence) -> bool:
    """Say whether the sweep is trained for a shorter time than the lecture's network."""
    return evidence.sweep[0].epochs < evidence.group("none").epochs


def _shortness_told(evidence: LectureEvidence) -> str:
    if not _is_short(evidence):
        return ""
    epochs, lecture = evidence.sweep[0].epochs, evidence.group("none").epochs
    return (
        f" All of it after {count(epochs, 'epoch')} where the lecture's network gets {lecture}: "
        "longer training widens the gap, and dropout takes longer to learn. `perbillion claims "
        f"--data {evidence.data.name} --sweep-epochs {lecture}` trains longer."
    )


def _where(widths: Sequence[_Width], chosen: Callable[[_Width], bool]) -> str:
    """Say at which widths something is so; empty: at none."""
    found = [width.width for width in widths if chosen(width)]
    if not found:
        return ""
    if len(found) == len(widths):
        return "at every width"
    return f"at width {found[0]}" if len(found) == 1 else f"at widths {listed(found)}"


def _best_told(best: _Best) -> str:
    with_it = accuracy(best.with_it.with_it.test_accuracy)
    without = accuracy(best.without.without.test_accuracy)
    return (
        f"The test accuracy of the best network with dropout ({best.with_it.width} wide, "
        f"{with_interval(with_it)}) is {compared(best.gain)} than that of the best without "
        f"({best.without.width} wide, {with_interval(without)})."
    )


def _figures(width: _Width) -> tuple[ClaimFigure, ...]:
    return (
        ClaimFigure(
            name=f"width {width.width}: test accuracy without dropout, with it",
            value=f"{with_interval(accuracy(width.without.test_accuracy))}; "
            f"{with_interval(accuracy(width.with_it.test_accuracy))}",
        ),
        ClaimFigure(name=f"width {width.width}: gap without dropout", value=told(width.gap)),
        ClaimFigure(name=f"width {width.width}: gain by dropout", value=told(width.gain)),
    )
