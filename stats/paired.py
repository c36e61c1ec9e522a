"""What one start says: estimators on a table with a row a round and a column an arm.

Column 0 is the reference. Every function returns one number an arm, the reference's own
being 0, and takes tables with leading axes too, one table after the other.

Means, medians of paired differences and differences of medians are three quantities. Only
means add up.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Table = npt.NDArray[np.int64] | npt.NDArray[np.float64]
Floats = npt.NDArray[np.float64]

# What a column holds where nothing was measured; times are never negative.
NOT_MEASURED = -1


def mean_differences(table: Table) -> Floats:
    """Return each arm's mean minus the reference's.

    Parameters
    ----------
    table : array, shape (..., rounds, arms)
        Times, in any unit.

    Returns
    -------
    float64 array, shape (..., arms)
        In the table's unit.
    """
    means = arm_means(table)
    return means - means[..., :1]


def relative_differences(differences: Floats, levels: Floats) -> Floats:
    """Return differences as ratios to the reference's level of the same start.

    Absolute differences grow and shrink with the host's speed of the moment; the ratio
    does so much less (docs/method.md).

    Parameters
    ----------
    differences : float64 array, shape (..., arms)
        In any unit.
    levels : float64 array, shape (..., arms)
        What the ratios are "per cent of", in the same unit; only column 0 is used.

    Returns
    -------
    float64 array, shape (..., arms)
        Ratios.
    """
    return differences / levels[..., :1]


def median_paired_differences(table: Table) -> Floats:
    """Return the median over rounds of (arm - reference of the same round).

    It is hardly moved by rare slow requests, has a name of its own and enters no sum.

    Parameters
    ----------
    table : array, shape (..., rounds, arms)
        Times, in any unit.

    Returns
    -------
    float64 array, shape (..., arms)
        In the table's unit.
    """
    return np.asarray(np.median(table - table[..., :1], axis=-2), dtype=np.float64)


def quantile_differences(table: Table, probability: float) -> Floats:
    """Return each arm's quantile minus the reference's.

    Parameters
    ----------
    table : array, shape (..., rounds, arms)
        Times, in any unit.
    probability : float
        Which quantile, 0 to 1; 0.5 gives the difference of medians.

    Returns
    -------
    float64 array, shape (..., arms)
        In the table's unit.
    """
    quantiles = arm_quantiles(table, probability)
    return quantiles - quantiles[..., :1]


def arm_means(table: Table) -> Floats:
    """Return each arm's mean over rounds, shape (..., arms)."""
    return np.asarray(table.mean(axis=-2), dtype=np.float64)


def arm_quantiles(table: Table, probability: float) -> Floats:
    """Return each arm's quantile over rounds, shape (..., arms).

    Interpolated linearly between order statistics: type 7 of Hyndman and Fan, "Sample
    Quantiles in Statistical Packages", The American Statistician 50 (1996).
    """
    return np.asarray(np.quantile(table, probability, axis=-2), dtype=np.float64)


def cpu_per_request(thread_cpu_ns: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Charge the server thread's CPU time to the requests it was spent on.

    The clock is read when a request comes in. With one connection, one worker and one
    request at a time, what the thread used until the next one came in, c(i+1) - c(i), was
    used for request i (docs/method.md).

    Parameters
    ----------
    thread_cpu_ns : int64 array, shape (requests,)
        The clock at the entry of each request, in the order in which they were sent;
        ``NOT_MEASURED`` where the answer did not tell.

    Returns
    -------
    int64 array, shape (requests,)
        Nanoseconds; ``NOT_MEASURED`` for the last request, after which the clock was not
        read again, and wherever one of the two readings is missing.
    """
    used_ns = np.full_like(thread_cpu_ns, NOT_MEASURED)
    known = thread_cpu_ns != NOT_MEASURED
    both = known[1:] & known[:-1]
    used_ns[:-1][both] = np.diff(thread_cpu_ns)[both]
    return used_ns


def complete_rounds(table: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Return the rounds in which every arm was measured.

    Parameters
    ----------
    table : int64 array, shape (rounds, arms)
        With ``NOT_MEASURED`` where a request failed or its figure is unknown.

    Returns
    -------
    int64 array, shape (complete rounds, arms)
        A round is kept or left out as a whole, or its pairs would be none.
    """
    complete: npt.NDArray[np.bool_] = (table != NOT_MEASURED).all(axis=1)
    return table[complete]
