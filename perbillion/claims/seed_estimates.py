"""Figures over seeds: means with intervals, differences paired by seed, and how they are told."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from report.rounding import with_interval
from stats.estimate import Estimate, t_estimate

POINTS = "percentage points"
_CHANCE = "(not told from chance)"


def accuracy(shares: Sequence[float]) -> Estimate:
    """Estimate a share of right predictions, in per cent.

    Parameters
    ----------
    shares : sequence of float
        0 to 1, one for each seed.
    """
    return t_estimate([100 * share for share in shares], unit="%")


def points_above(shares: Sequence[float], others: Sequence[float]) -> Estimate:
    """Estimate how far shares lie above others, in percentage points.

    Parameters
    ----------
    shares, others : sequence of float
        0 to 1, one for each seed, the same seeds in both.
    """
    return t_estimate(
        [100 * (share - other) for share, other in zip(shares, others, strict=True)], unit=POINTS
    )


def nats_above(losses: Sequence[float], others: Sequence[float]) -> Estimate:
    """Estimate how far losses lie above others, in nats, paired by seed."""
    return t_estimate(
        [loss - other for loss, other in zip(losses, others, strict=True)], unit="nats"
    )


def above_zero(estimate: Estimate) -> bool:
    """Say whether there is an interval and all of it lies above zero."""
    return estimate.low is not None and estimate.low > 0


def below_zero(estimate: Estimate) -> bool:
    """Say whether there is an interval and all of it lies below zero."""
    return estimate.high is not None and estimate.high < 0


def told(difference: Estimate) -> str:
    """Write a difference with its sign, and that it may be chance where that is so."""
    size = with_interval(difference)
    return size if difference.excludes_zero else f"{size} {_CHANCE}"


def compared(difference: Estimate) -> str:
    """Write ``1.17 ± 0.12 percentage points lower``, and that it may be chance where it may."""
    if difference.point == 0 and not difference.excludes_zero:
        return f"no higher and no lower ({with_interval(difference)})"
    size = with_interval(_turned(difference) if difference.point < 0 else difference)
    moved = f"{size} {'lower' if difference.point < 0 else 'higher'}"
    return moved if difference.excludes_zero else f"{moved} {_CHANCE}"


def _turned(difference: Estimate) -> Estimate:
    """Return a difference seen from its other side."""
    low = None if difference.high is None else -difference.high
    high = None if difference.low is None else -difference.low
    return replace(difference, point=-difference.point, low=low, high=high)
