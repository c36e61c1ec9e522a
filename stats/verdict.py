"""The verdict on one contrast: an interval against a margin that was fixed beforehand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from stats.estimate import MINIMUM_UNITS, Estimate
from stats.power import look_alike_level, unit_sd, units_needed


class VerdictKind(StrEnum):
    """What can be concluded, with interval [L, U] and margin m; the first that matches.

    ====================== ===============================================================
    INVALID                a validity gate fails
    INCONCLUSIVE           the A/A control's interval does not lie inside ±m
    SLOWER                 L > m
    FASTER                 U < -m
    SLOWER, NEGLIGIBLE     0 < L and U < m
    FASTER, NEGLIGIBLE     U < 0 and -m < L
    SLOWER, SIZE OPEN      0 < L ≤ m ≤ U: detected, not yet placed
    FASTER, SIZE OPEN      L ≤ -m ≤ U < 0
    EQUIVALENT             -m < L ≤ 0 ≤ U < m
    INCONCLUSIVE           else
    ====================== ===============================================================
    """

    INVALID = "INVALID"
    SLOWER = "SLOWER"
    FASTER = "FASTER"
    SLOWER_NEGLIGIBLE = "SLOWER, NEGLIGIBLE"
    FASTER_NEGLIGIBLE = "FASTER, NEGLIGIBLE"
    SLOWER_SIZE_OPEN = "SLOWER, SIZE OPEN"
    FASTER_SIZE_OPEN = "FASTER, SIZE OPEN"
    EQUIVALENT = "EQUIVALENT"
    INCONCLUSIVE = "INCONCLUSIVE"


SETTLED = frozenset(
    {
        VerdictKind.SLOWER,
        VerdictKind.FASTER,
        VerdictKind.SLOWER_NEGLIGIBLE,
        VerdictKind.FASTER_NEGLIGIBLE,
        VerdictKind.EQUIVALENT,
    }
)
"""Verdicts that more units would only confirm: a campaign may end with one."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A verdict with what it rests on.

    Attributes
    ----------
    kind : VerdictKind
        The conclusion.
    estimate : Estimate or None
        The relative difference it is about; None where it was not measured.
    margin : float
        The share of the reference's cost below which a difference does not matter.
    reasons : tuple of str
        Why, a sentence without its full stop each.
    more_units : int or None
        How many more units settle it with a probability of 80 %, if the spread and the point
        seen so far are the true ones; None where it is settled, or where the point lies on the
        margin itself.
    """

    kind: VerdictKind
    estimate: Estimate | None
    margin: float
    reasons: tuple[str, ...]
    more_units: int | None = None


def decide(
    estimate: Estimate | None,
    margin: float,
    *,
    control: Estimate | None = None,
    invalid: Sequence[str] = (),
) -> Verdict:
    """Place an interval against a margin.

    Parameters
    ----------
    estimate : Estimate or None
        The relative difference of the contrast; None where it was not measured.
    margin : float
        Positive, a ratio as the estimate is.
    control : Estimate or None
        The same for the A/A control, where there is one.
    invalid : sequence of str
        What each validity gate that fails says.

    References
    ----------
    An interval of 95 % inside ±m is the two one-sided tests procedure at 2.5 % each:
    Schuirmann, Journal of Pharmacokinetics and Biopharmaceutics 15 (1987).
    """
    if invalid:
        return Verdict(VerdictKind.INVALID, estimate, margin, tuple(invalid))
    if estimate is None or estimate.low is None or estimate.high is None:
        return _without_interval(estimate, margin)
    if control is not None and not control.lies_inside(margin):
        return Verdict(
            VerdictKind.INCONCLUSIVE,
            estimate,
            margin,
            (f"the A/A control's interval does not lie inside ±{100 * margin:g} %",),
            # The truth is zero here, whatever the point; 0.9 on each side is 0.8 in all.
            _more_units(control, margin, power=0.9),
        )
    kind = place(estimate.low, estimate.high, margin)
    if kind is VerdictKind.INCONCLUSIVE:
        # Settled once the interval either excludes zero or fits inside the margin,
        # whichever a wider interval can do.
        reach = max(abs(estimate.point), margin - abs(estimate.point))
        more_units = _more_units(estimate, reach, power=0.8)
    elif kind in SETTLED:
        more_units = None
    else:
        # Detected; placed once the interval lies on one side of the margin.
        reach = abs(abs(estimate.point) - margin)
        if reach < _ON_THE_MARGIN * margin:
            return Verdict(kind, estimate, margin, (_REASONS[kind], _NEVER_PLACED))
        more_units = _more_units(estimate, reach, power=0.8)
    return Verdict(kind, estimate, margin, (_REASONS[kind],), more_units)


def place(low: float, high: float, margin: float) -> VerdictKind:
    """Return the first line of the table that an interval matches; the gates come before.

    Parameters
    ----------
    low, high : float
        The interval, ``low <= high``.
    margin : float
        Positive.
    """
    if low <= 0 <= high:
        inside = -margin < low and high < margin
        return VerdictKind.EQUIVALENT if inside else VerdictKind.INCONCLUSIVE
    slower = low > 0
    near, far = (low, high) if slower else (-high, -low)
    if near > margin:
        return VerdictKind.SLOWER if slower else VerdictKind.FASTER
    if far < margin:
        return VerdictKind.SLOWER_NEGLIGIBLE if slower else VerdictKind.FASTER_NEGLIGIBLE
    return VerdictKind.SLOWER_SIZE_OPEN if slower else VerdictKind.FASTER_SIZE_OPEN


# A point so near the margin, as a share of it, is on it: placing it would take thousands of units.
_ON_THE_MARGIN = 0.02
_NEVER_PLACED = "the point lies on the margin itself, so no run of any length is likely to place it"
_REASONS = {
    VerdictKind.SLOWER: "the whole interval lies above the margin",
    VerdictKind.FASTER: "the whole interval lies below minus the margin",
    VerdictKind.SLOWER_NEGLIGIBLE: "a difference is detected, and all of it is below the margin",
    VerdictKind.FASTER_NEGLIGIBLE: "a gain is detected, and all of it is below the margin",
    VerdictKind.SLOWER_SIZE_OPEN: "a difference is detected; the interval holds the margin, "
    "so whether it exceeds the margin is open",
    VerdictKind.FASTER_SIZE_OPEN: "a gain is detected; the interval holds the margin, "
    "so whether it exceeds the margin is open",
    VerdictKind.EQUIVALENT: "the interval holds zero and lies inside the margin",
    VerdictKind.INCONCLUSIVE: "the interval holds zero and reaches beyond the margin",
}


def _without_interval(estimate: Estimate | None, margin: float) -> Verdict:
    units = estimate.replicates if estimate is not None else 0
    return Verdict(
        VerdictKind.INCONCLUSIVE,
        estimate,
        margin,
        (f"there are {units} units, and below {MINIMUM_UNITS} there is no interval",),
        max(MINIMUM_UNITS - units, 1),
    )


def _more_units(estimate: Estimate, reach: float, power: float) -> int:
    sd = unit_sd(estimate)
    if sd is None:
        return max(MINIMUM_UNITS - estimate.replicates, 1)
    needed = units_needed(sd, reach, look_alike_level(estimate), power)
    return max(needed - estimate.replicates, 1)
