"""The intervals that are used, counted over campaigns with a known truth.

All functions take units as float64 arrays of shape (campaigns, units), in the order of time.
"""

from __future__ import annotations

from collections.abc import Sequence as Sequences

import numpy as np
import numpy.typing as npt

from benchmarks.calibration.result import Looked, Planned, Rate, Sequence
from stats.confidence_sequence import sequence_half_widths
from stats.estimate import MINIMUM_UNITS, Estimate, t_estimate
from stats.interval import IntervalKind, IntervalRule
from stats.looks import DEFAULT_LOOKS
from stats.stein import stein_units
from stats.verdict import VerdictKind, place

Floats = npt.NDArray[np.float64]

LEVEL = 0.95
_OPEN = {VerdictKind.INCONCLUSIVE, VerdictKind.SLOWER_SIZE_OPEN, VerdictKind.FASTER_SIZE_OPEN}
_PLACED = {VerdictKind.SLOWER, VerdictKind.FASTER}


def covers(estimate: Estimate, truth: float) -> bool:
    """Say whether there is an interval and the truth lies within it."""
    if estimate.low is None or estimate.high is None:
        return False
    return estimate.low <= truth <= estimate.high


def fixed_intervals(campaigns: Floats) -> list[Estimate]:
    """Return the plain t interval of each campaign."""
    rule = IntervalRule()
    return [rule.estimate(units, level=LEVEL, unit="ratio") for units in campaigns]


def fixed_coverage(campaigns: Floats, truth: float) -> Rate:
    """Count the plain t intervals that hold the truth."""
    return Rate.of(np.array([covers(estimate, truth) for estimate in fixed_intervals(campaigns)]))


def false_alarms(campaigns: Floats) -> Rate:
    """Count the plain t intervals that exclude zero."""
    return Rate.of(np.array([estimate.excludes_zero for estimate in fixed_intervals(campaigns)]))


def looked(
    campaigns: Floats,
    truth: float,
    margin: float,
    *,
    looks: Sequences[int] = DEFAULT_LOOKS,
) -> Looked:
    """End each campaign at the first planned look that settles its verdict.

    Parameters
    ----------
    campaigns : float64 array, shape (campaigns, units)
        With as many units as the last look has.
    truth, margin : float
        Ratios.
    looks : sequence of int
        Units after which a campaign looks.
    """
    rule = IntervalRule(IntervalKind.LOOKS, looks=len(looks))
    ends, always = [], []
    for units in campaigns:
        estimates = [rule.estimate(units[:look], level=LEVEL, unit="ratio") for look in looks]
        kinds = [_placed(estimate, margin) for estimate in estimates]
        settled = [index for index, kind in enumerate(kinds) if kind not in _OPEN]
        end = settled[0] if settled else len(looks) - 1
        ends.append((estimates[end], kinds[end]))
        always.append(all(covers(estimate, truth) for estimate in estimates))
    return Looked(
        effect_in_margins=truth / margin,
        covered=Rate.of(np.array([covers(estimate, truth) for estimate, _ in ends])),
        always_covered=Rate.of(np.array(always)),
        detected=Rate.of(np.array([estimate.excludes_zero for estimate, _ in ends])),
        placed=Rate.of(np.array([kind in _PLACED for _, kind in ends])),
        settled=Rate.of(np.array([kind not in _OPEN for _, kind in ends])),
        mean_units=float(np.mean([estimate.replicates for estimate, _ in ends])),
    )


def planned(campaigns: Floats, truth: float, unit_sd: float, target_in_sds: float) -> Planned:
    """Let six units plan how many it takes, and estimate from all by Stein's rule.

    Parameters
    ----------
    campaigns : float64 array, shape (campaigns, most units)
        As many units as a campaign may take.
    truth : float
        A ratio.
    unit_sd : float
        The true standard deviation between units.
    target_in_sds : float
        The half-width that is wanted, in these.
    """
    rule = IntervalRule(IntervalKind.STEIN, first_stage=MINIMUM_UNITS)
    target, most = target_in_sds * unit_sd, campaigns.shape[1]
    wanted = np.array([stein_units(units[:MINIMUM_UNITS], target, LEVEL) for units in campaigns])
    taken = [
        units[:count] for units, count in zip(campaigns, np.minimum(wanted, most), strict=True)
    ]
    stein = [rule.estimate(units, level=LEVEL, unit="ratio") for units in taken]
    plain = [t_estimate(units, level=LEVEL, unit="ratio") for units in taken]
    half_widths = np.array([estimate.half_width for estimate in stein], dtype=np.float64)
    return Planned(
        target_in_sds=target_in_sds,
        covered=Rate.of(np.array([covers(estimate, truth) for estimate in stein])),
        covered_by_plain_t=Rate.of(np.array([covers(estimate, truth) for estimate in plain])),
        reached=Rate.of(half_widths <= target * (1 + 1e-9)),
        cut=int((wanted > most).sum()),
        mean_units=float(np.mean([units.size for units in taken])),
        mean_half_width_in_sds=float(half_widths.mean() / unit_sd),
    )


def sequence_coverage(campaigns: Floats, truth: float, unit_sd: float) -> Sequence:
    """Look at the confidence sequence after every unit: the worst rule for stopping."""
    most = campaigns.shape[1]
    means = campaigns.cumsum(axis=1) / np.arange(1, most + 1)
    half_widths = np.array([sequence_half_widths(units, LEVEL) for units in campaigns])
    shown = [units for units in DEFAULT_LOOKS if units <= most] + [most]
    return Sequence(
        most_units=most,
        covered=Rate.of(np.all(np.abs(means - truth) <= half_widths, axis=1)),
        mean_half_width_in_sds={
            units: float(half_widths[:, units - 1].mean() / unit_sd) for units in shown
        },
    )


def _placed(estimate: Estimate, margin: float) -> VerdictKind:
    if estimate.low is None or estimate.high is None:
        return VerdictKind.INCONCLUSIVE
    return place(estimate.low, estimate.high, margin)
