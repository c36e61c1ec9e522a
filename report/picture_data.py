"""What the pictures show and result.json does not hold: distributions and curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from contract.card import LearningCurve
from report.measurement import US_PER_NS, Measurement
from stats.distribution import Histogram, densities, tail_probabilities

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class QuantileCurves:
    """Latency against the share of requests that were faster.

    Attributes
    ----------
    probabilities : float64 array, shape (points,)
        Ascending.
    latencies_us : float64 array, shape (arms, points)
        One curve an arm.
    """

    probabilities: Floats
    latencies_us: Floats


@dataclass(frozen=True, slots=True)
class PictureData:
    """Samples of all used starts, pooled for the eye; no estimate is made from them.

    Attributes
    ----------
    arms : tuple of str
        The reference first.
    client : QuantileCurves or None
        Client latency.
    in_process : Histogram or None
        Inference time in process, microseconds.
    learning : dict of str to LearningCurve
        By the network's name.
    """

    arms: tuple[str, ...]
    client: QuantileCurves | None = None
    in_process: Histogram | None = None
    learning: dict[str, LearningCurve] = field(default_factory=dict)


def picture_data(
    arms: tuple[str, ...], measurements: Sequence[Measurement], learning: dict[str, LearningCurve]
) -> PictureData:
    """Pool the samples of each instrument and reduce them to what is drawn."""
    pooled_us = {
        measurement.instrument: _pooled_us(measurement)
        for measurement in measurements
        if measurement.instrument != "cpu_per_request"
    }
    client, in_process = pooled_us.get("client_latency"), pooled_us.get("in_process")
    return PictureData(
        arms=arms,
        client=None if client is None else _quantile_curves(client),
        in_process=None if in_process is None else densities(list(in_process.T)),
        learning=learning,
    )


def _pooled_us(measurement: Measurement) -> Floats:
    tables = [table.times_ns for table in measurement.tables]
    return np.asarray(np.concatenate(tables) * US_PER_NS, dtype=np.float64)


def _quantile_curves(pooled_us: Floats) -> QuantileCurves:
    probabilities = tail_probabilities(len(pooled_us))
    return QuantileCurves(
        probabilities=probabilities,
        latencies_us=np.asarray(np.quantile(pooled_us, probabilities, axis=0).T, dtype=np.float64),
    )
