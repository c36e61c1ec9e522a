"""Several differences at once: p values, and Holm's correction for how many there are."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

from stats.estimate import Estimate


def p_value(estimate: Estimate, looks: int = 1) -> float | None:
    """Return the two-sided p value of a difference against none: Student's t test.

    Parameters
    ----------
    estimate : Estimate
        By the rules FIXED, LOOKS or STEIN; an interval of a confidence sequence is made
        from no t test, and its p value would not stand being looked at again.
    looks : int
        How many looks were planned. The p value is multiplied by it, as `look_level` divides
        the error, so that p < 1 - level where the interval excludes zero.

    Returns
    -------
    float or None
        None without an interval.
    """
    error, degrees = estimate.standard_error, estimate.degrees_of_freedom
    if error is None or degrees is None:
        return None
    if error == 0:
        return 1.0 if estimate.point == 0 else 0.0
    tail = float(special.stdtr(degrees, -abs(estimate.point) / error))
    return min(1.0, 2 * tail * looks)


def holm(p_values: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Adjust p values so that the chance of any false discovery is bounded.

    The i-th smallest of m is multiplied by m - i + 1, and is no smaller than the one before
    it. Those at or below alpha are discoveries, with a probability of at most alpha that any of
    them is none, however they depend on one another.

    Parameters
    ----------
    p_values : array_like, shape (differences,)
        In any order.

    Returns
    -------
    float64 array, shape (differences,)
        In the same order.

    Raises
    ------
    ValueError
        If one is not between 0 and 1.

    References
    ----------
    Holm, "A Simple Sequentially Rejective Multiple Test Procedure", Scandinavian Journal of
    Statistics 6 (1979). R's ``p.adjust(method = "holm")``.
    """
    given = np.asarray(p_values, dtype=np.float64)
    if given.ndim != 1 or not ((given >= 0) & (given <= 1)).all():
        raise ValueError(f"p values lie between 0 and 1, unlike {given}")
    ascending = np.argsort(given, kind="stable")
    steps = given[ascending] * np.arange(given.size, 0, -1)
    adjusted = np.empty(given.size)
    adjusted[ascending] = np.minimum(1, np.maximum.accumulate(steps))
    return adjusted
