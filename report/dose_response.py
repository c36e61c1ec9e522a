"""Cost against the number of scalings: what one more of them costs."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise

import numpy as np

from contract.experiment import DOSE_ARMS
from report.instrument_result import InstrumentName, InstrumentResult
from report.result_part import ResultPart
from stats.dose_response import dose_response, falls_significantly
from stats.estimate import Estimate
from stats.interval import IntervalRule

# Where the arms of the series are measured.
DOSE_INSTRUMENTS: tuple[InstrumentName, ...] = ("in_process", "doses_cpu")


class DoseResponseFacts(ResultPart):
    """Cost against the number of scalings, by one instrument; the mean difference, microseconds.

    Attributes
    ----------
    arms : tuple of str
        The series, fewest scalings first.
    scalings : tuple of int
        Multiplications at each prediction.
    differences : tuple of Estimate
        Each arm's difference from the reference.
    slope : Estimate
        Of one more scaling, microseconds.
    intercept : Estimate
        What the line has at no scaling; need not be zero (the first scaling also breaks up a
        fusion).
    steps : tuple of Estimate
        From each arm to the next, for one scaling, microseconds.
    falls : bool
        Whether the cost falls from one arm to the next by more than chance explains: then
        something else was measured as well.
    """

    instrument: InstrumentName
    arms: tuple[str, ...]
    scalings: tuple[int, ...]
    differences: tuple[Estimate, ...]
    slope: Estimate
    intercept: Estimate
    steps: tuple[Estimate, ...]
    falls: bool


def dose_response_facts(
    measured: InstrumentResult, scalings: Mapping[str, int], rule: IntervalRule, level: float
) -> DoseResponseFacts | None:
    """Fit the line of one instrument.

    Parameters
    ----------
    measured : InstrumentResult
        One of ``DOSE_INSTRUMENTS``.
    scalings : mapping of str to int
        Arm to the multiplications of its graph.
    rule : IntervalRule
        The campaign's.
    level : float
        Confidence of the intervals.

    Returns
    -------
    DoseResponseFacts or None
        None where fewer than two arms of the series were measured, or their graphs do not have
        more and more scalings (a network that drops no unit has none).
    """
    arms = tuple(arm for arm in DOSE_ARMS if arm in measured.arms)
    doses = tuple(scalings[arm] for arm in arms)
    if len(arms) < 2 or any(fewer >= more for fewer, more in pairwise(doses)):
        return None
    found = [measured.difference(arm, "mean") for arm in arms]
    by_unit_us = np.array([difference.absolute_by_unit_us for difference in found]).T
    line = dose_response(by_unit_us, doses, rule, level=level, unit="µs")
    return DoseResponseFacts(
        instrument=measured.instrument,
        arms=arms,
        scalings=doses,
        differences=tuple(difference.absolute for difference in found),
        slope=line.slope,
        intercept=line.intercept,
        steps=line.steps,
        falls=falls_significantly(by_unit_us),
    )
