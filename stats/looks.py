"""When a campaign is looked at, and what each look costs.

An interval that is looked at again and again excludes the truth sooner or later. Looks that
are planned beforehand share the permitted error between them.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise

from stats.estimate import MINIMUM_UNITS

# Units after which a campaign looks, unless told otherwise.
DEFAULT_LOOKS = (6, 8, 12, 16)


def look_level(looks: int, level: float = 0.95) -> float:
    """Return the level of each interval, so that all together have the joint level.

    1 - (1 - level) / looks: Bonferroni's inequality, which holds however the looks depend
    on one another and whatever the rule for stopping at one of them.

    Parameters
    ----------
    looks : int
        How many were planned, taken or not.
    level : float
        Confidence that no interval at any look excludes the truth.

    Raises
    ------
    ValueError
        If there is no look.

    References
    ----------
    Dunn, "Multiple Comparisons among Means", Journal of the American Statistical
    Association 56 (1961). Boundaries that use the looks' dependence (Pocock 1977, O'Brien
    and Fleming 1979) suppose a known spread, or one from many more units than these.
    """
    if looks < 1:
        raise ValueError(f"an interval needs a look, not {looks}")
    return 1 - (1 - level) / looks


def planned_looks(most_units: int, looks: Sequence[int] = DEFAULT_LOOKS) -> tuple[int, ...]:
    """Return the numbers of units after which a campaign of at most so many units looks.

    Parameters
    ----------
    most_units : int
        Where the campaign ends if nothing was settled before: its last look.
    looks : sequence of int
        Looks at less than that. Where `most_units` lies far beyond the last of them, they
        go on in the same way, each about twice the look before the last: 16, 24, 32, 48.

    Returns
    -------
    tuple of int
        Strictly increasing; empty below ``MINIMUM_UNITS``, where there is no interval to
        look at.

    Raises
    ------
    ValueError
        If `looks` are not increasing, or one has too few units for an interval.
    """
    increasing = all(before < after for before, after in pairwise(looks))
    if not looks or not increasing or looks[0] < MINIMUM_UNITS:
        raise ValueError(f"looks increase from {MINIMUM_UNITS} or more units, unlike {looks}")
    if most_units < MINIMUM_UNITS:
        return ()
    planned = list(looks)
    while planned[-1] < most_units:
        twice = 2 * planned[-2:][0]
        planned.append(twice if twice > planned[-1] else 2 * planned[-1])
    return (*(look for look in planned if look < most_units), most_units)
