"""What each further node costs: several doses of the same, served beside one another.

A cost that comes from the nodes grows with their number. A difference that does not is
something else: an arm's place, its name, its memory.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy import special

from stats.estimate import MINIMUM_UNITS, Estimate
from stats.interval import IntervalRule

Floats = npt.NDArray[np.float64]

# A gate of a campaign may fail by chance once in a thousand; the four doses of the built-in
# experiment have three steps between them (Bonferroni).
GATE_LEVEL = 0.001 / 3


@dataclass(frozen=True, slots=True)
class DoseResponse:
    """Cost against dose.

    Attributes
    ----------
    slope : Estimate
        Cost of one more dose, by least squares over all doses.
    intercept : Estimate
        Cost that is there beyond what is proportional to the dose. It need not be zero: the
        first dose may also keep the runtime from fusing nodes.
    steps : tuple of Estimate
        From each dose to the next, per dose: what each further one costs. They fall where
        further doses find a warmer cache.
    """

    slope: Estimate
    intercept: Estimate
    steps: tuple[Estimate, ...]


def dose_response(
    by_unit: Floats, doses: Sequence[float], rule: IntervalRule, *, level: float = 0.95, unit: str
) -> DoseResponse:
    """Fit a line to each unit and estimate from the units' lines.

    Intervals come from the spread between units, as everywhere: the residuals of a line
    through means of thousands of rounds would only say how straight one start's line is.

    Parameters
    ----------
    by_unit : float64 array, shape (units, doses)
        Each dose's difference from the reference, which has none and is not on the line.
    doses : sequence of float
        Ascending, two or more.
    rule : IntervalRule
        The campaign's.
    level : float
        Confidence of each interval.
    unit : str
        Unit of measure of the differences.

    Raises
    ------
    ValueError
        If the doses do not ascend or do not fit the differences.
    """
    given = np.asarray(doses, dtype=np.float64)
    if given.size < 2 or not (np.diff(given) > 0).all() or by_unit.shape[1:] != given.shape:
        raise ValueError(
            f"two or more ascending doses are needed, one a column of the differences; "
            f"given {given} and shape {by_unit.shape}"
        )
    centred = given - given.mean()
    slopes = by_unit @ centred / (centred @ centred)
    intercepts = by_unit.mean(axis=1) - slopes * given.mean()
    steps = np.diff(by_unit, axis=1) / np.diff(given)
    return DoseResponse(
        slope=rule.estimate(slopes, level=level, unit=unit),
        intercept=rule.estimate(intercepts, level=level, unit=unit),
        steps=tuple(rule.estimate(step, level=level, unit=unit) for step in steps.T),
    )


def falls_significantly(by_unit: Floats, level: float = GATE_LEVEL) -> bool:
    """Say whether the cost falls from one dose to the next by more than chance explains.

    A one-sided t test over units for each pair of neighbours. More of the same work cannot
    cost less, so such a campaign measured something else as well.

    Parameters
    ----------
    by_unit : float64 array, shape (units, doses)
        Costs, or differences from the reference, by ascending dose.
    level : float
        Permitted error of each pair's test.

    Returns
    -------
    bool
        False below ``MINIMUM_UNITS``, where nothing is tested.
    """
    units = by_unit.shape[0]
    if units < MINIMUM_UNITS:
        return False
    steps = np.diff(by_unit, axis=1)
    errors = steps.std(axis=0, ddof=1) / np.sqrt(units)
    # Compared without dividing: steps without spread have no t.
    bound = special.stdtrit(units - 1, level) * errors
    return bool((steps.mean(axis=0) < bound).any())
