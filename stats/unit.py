"""Units of replication: pairs of starts with reversed load orders.

The session that is loaded first is the slow one, so the place in the load order is a bias.
In the mean of two starts with reversed orders it cancels to first order; shuffling alone
would only turn it into variance (docs/method.md).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

STARTS_PER_UNIT = 2


def pair_starts(unit_of_start: Sequence[int]) -> npt.NDArray[np.int64]:
    """Find the units of which both starts are finished.

    Parameters
    ----------
    unit_of_start : sequence of int, length starts
        The number of the unit each start belongs to.

    Returns
    -------
    int64 array, shape (units, 2)
        Indices of the two starts of each complete unit, units in ascending order. Starts
        without a partner are in none: the caller counts them.
    """
    members: dict[int, list[int]] = {}
    for start, unit in enumerate(unit_of_start):
        members.setdefault(unit, []).append(start)
    pairs = [members[unit] for unit in sorted(members) if len(members[unit]) == STARTS_PER_UNIT]
    return np.array(pairs, dtype=np.int64).reshape(len(pairs), STARTS_PER_UNIT)


def unit_means(
    values: npt.NDArray[np.float64], pairs: npt.NDArray[np.int64]
) -> npt.NDArray[np.float64]:
    """Average the two starts of each unit.

    Parameters
    ----------
    values : float64 array, shape (starts, ...)
        What each start says.
    pairs : int64 array, shape (units, 2)
        As `pair_starts` gives it.

    Returns
    -------
    float64 array, shape (units, ...)
        What each unit says.
    """
    return np.asarray(values[pairs].mean(axis=1), dtype=np.float64)
