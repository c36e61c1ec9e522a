"""Intervals that hold at all times at once: for a display that anyone may stop on.

With t = √n · (mean - μ) / s, the ratio of the likelihood of t under μ + δ·sigma, where δ is
normal around 0 with standard deviation τ, to the one under μ is

    R(n) = g^(-1/2) · ((1 + v) / (1 + v / g))^(n/2),   g = 1 + n·τ²,   v = t² / (n - 1),

whatever sigma. Under μ it is a martingale that starts from 1, so by Ville's inequality it ever
reaches 1/alpha with a probability of at most alpha. The interval at n holds every μ with
R(n) < 1/alpha. Solved for v that is v < u:

    A = (√g / alpha)^(2/n),   u = (A - 1) / (1 - A / g),

and all of the real line while A ≥ g. Its half-width is s · √(u · (n - 1) / n).

References
----------
Wang and Ramdas, "Anytime-valid t-tests and confidence sequences for Gaussian means with
unknown variance" (2023), arXiv:2310.03722. Robbins, "Statistical Methods Related to the Law
of the Iterated Logarithm", Annals of Mathematical Statistics 41 (1970), for the mixture.
Ville, "Étude critique de la notion de collectif" (1939).
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

from stats.estimate import MINIMUM_UNITS, Estimate, around, checked_units, t_estimate

Floats = npt.NDArray[np.float64]

# τ decides at which n the sequence is tightest, not whether it holds. With 2 that is six
# units, where an interval is wide anyhow and where somebody first looks at one.
MIXTURE_SD = 2.0


def sequence_multiplier(count: int, level: float = 0.95) -> float:
    """Return the half-width in standard errors: √(u · (n - 1)).

    Parameters
    ----------
    count : int
        Units so far, n.
    level : float
        Confidence that no interval at any n excludes the truth.

    Returns
    -------
    float
        Infinite while the units so far exclude nothing.
    """
    return float(_multipliers(np.array([count]), level)[0])


def sequence_half_widths(values: npt.ArrayLike, level: float = 0.95) -> Floats:
    """Return the half-width after each unit, around the mean of the units up to it.

    Parameters
    ----------
    values : array_like, shape (units,)
        One value a unit, in the order of time.
    level : float
        Confidence that none of these intervals excludes the truth.

    Returns
    -------
    float64 array, shape (units,)
        In the values' unit of measure; infinite below ``MINIMUM_UNITS`` and as long as the
        units exclude nothing.

    Raises
    ------
    ValueError
        If there is no value, or one that is not finite.
    """
    units = checked_units(values)
    counts = np.arange(1, units.size + 1)
    means = units.cumsum() / counts
    # Welford's recurrence: squares of large values that differ little would cancel.
    before = np.concatenate([units[:1], means[:-1]])
    squares = np.cumsum((units - before) * (units - means))
    half_widths = np.full(units.size, math.inf)
    shown = counts >= MINIMUM_UNITS
    errors = np.sqrt(squares[shown] / (counts[shown] - 1) / counts[shown])
    multipliers = _multipliers(counts[shown], level)
    finite = np.isfinite(multipliers)
    half_widths[np.flatnonzero(shown)[finite]] = multipliers[finite] * errors[finite]
    return half_widths


def sequence_estimate(values: npt.ArrayLike, *, level: float = 0.95, unit: str) -> Estimate:
    """Estimate a mean by the sequence's interval after all of these units.

    Parameters
    ----------
    values : array_like, shape (units,)
        One value a unit, in the order of time.
    level : float
        Confidence that no interval of the sequence excludes the truth.
    unit : str
        Unit of measure of the values.

    Returns
    -------
    Estimate
        Without an interval below ``MINIMUM_UNITS`` and while the interval is infinite.

    Raises
    ------
    ValueError
        If there is no value, or one that is not finite.
    """
    plain = t_estimate(values, level=level, unit=unit)
    count = plain.replicates
    multiplier = sequence_multiplier(count, level)
    if plain.standard_error is None or math.isinf(multiplier):
        return Estimate(plain.point, None, None, level, unit, count)
    return around(
        plain.point,
        multiplier * plain.standard_error,
        standard_error=plain.standard_error,
        degrees_of_freedom=count - 1,
        level=level,
        unit=unit,
        replicates=count,
    )


def _multipliers(counts: npt.NDArray[np.int64], level: float) -> Floats:
    gains = 1 + counts * MIXTURE_SD**2
    bars = (np.sqrt(gains) / (1 - level)) ** (2 / counts)
    multipliers = np.full(counts.shape, math.inf)
    excludes = bars < gains
    bars, gains, counts = bars[excludes], gains[excludes], counts[excludes]
    multipliers[excludes] = np.sqrt((bars - 1) / (1 - bars / gains) * (counts - 1))
    return multipliers
