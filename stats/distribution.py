"""Distributions as pictures need them: quantile curves and histograms of pooled samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Histogram:
    """Densities of several samples over shared bins.

    Attributes
    ----------
    edges : float64 array, shape (bins + 1,)
        In the samples' unit.
    densities : float64 array, shape (samples, bins)
        Share of the sample per unit; integrates to the share that lies within the edges.
    """

    edges: Floats
    densities: Floats


def tail_probabilities(size: int, points: int = 160) -> Floats:
    """Return probabilities for a quantile curve, spaced evenly in -log10(1 - p).

    Evenly in the share that lies beyond, so that 99 % to 99.9 % gets as much room as 90 %
    to 99 %: the scale of HdrHistogram's percentile plots.

    Parameters
    ----------
    size : int
        Size of the sample; the last probability leaves ten samples beyond it, because a
        quantile with fewer says little.
    points : int
        How many.

    Returns
    -------
    float64 array, shape (points,)
        Ascending from 0.
    """
    decades = np.log10(max(size / 10, 2.0))
    return np.asarray(1 - 10 ** -np.linspace(0, decades, points), dtype=np.float64)


def densities(samples: Sequence[Floats], bins: int = 80) -> Histogram:
    """Bin several samples on one shared grid between their extreme 0.1 % and 97 % quantiles.

    Parameters
    ----------
    samples : sequence of float64 arrays
        At least one, none empty; in one unit.
    bins : int
        Number of bins.
    """
    low = min(float(np.quantile(sample, 0.001)) for sample in samples)
    high = max(float(np.quantile(sample, 0.97)) for sample in samples)
    edges = np.linspace(low, high if high > low else low + 1, bins + 1)
    counts = np.array([np.histogram(sample, edges)[0] for sample in samples], dtype=np.float64)
    sizes = np.array([[sample.size] for sample in samples])
    return Histogram(edges=edges, densities=counts / sizes / np.diff(edges))
