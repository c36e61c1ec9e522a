"""What the pictures show and result.json does not hold: distributions and curves."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from contract.experiment import NULL_ARM
from contract.network_card import LearningCurve
from report.instrument_result import InstrumentName
from report.measurement import Measurement
from report.round_table import US_PER_NS
from stats.distribution import Histogram, densities, tail_probabilities

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class QuantileCurves:
    """Latency against the share of requests that were faster.

    Attributes
    ----------
    arms : tuple of str
        The reference first.
    probabilities : float64 array, shape (points,)
        Ascending.
    latencies_us : float64 array, shape (arms, points)
        One curve an arm.
    """

    arms: tuple[str, ...]
    probabilities: Floats
    latencies_us: Floats


@dataclass(frozen=True, slots=True)
class PictureData:
    """Samples of all used starts, pooled for the eye; no estimate is made from them.

    Attributes
    ----------
    arms : tuple of str
        All of the experiment, the reference first.
    client : QuantileCurves or None
        Client latency, of the arms that were served.
    in_process : Histogram or None
        Inference time in process, microseconds; one density for each of `in_process_arms`.
    in_process_arms : tuple of str
        The arms of the reference's function: one that only copies lies so far below them that
        nothing else could be told apart.
    learning : dict of str to LearningCurve
        By the network's name.
    """

    arms: tuple[str, ...]
    client: QuantileCurves | None = None
    in_process: Histogram | None = None
    in_process_arms: tuple[str, ...] = ()
    learning: dict[str, LearningCurve] = field(default_factory=dict)


def picture_data(
    arms: tuple[str, ...], measurements: Sequence[Measurement], learning: dict[str, LearningCurve]
) -> PictureData:
    """Pool the samples of each instrument and reduce them to what is drawn."""
    client = _named("client_latency", measurements)
    in_process = _named("in_process", measurements)
    return PictureData(
        arms=arms,
        client=None if client is None else _quantile_curves(client),
        in_process=None if in_process is None else _densities(in_process),
        in_process_arms=() if in_process is None else _drawn(in_process.arms),
        learning=learning,
    )


def _named(name: InstrumentName, measurements: Sequence[Measurement]) -> Measurement | None:
    return next((found for found in measurements if found.instrument == name), None)


def _drawn(arms: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(arm for arm in arms if arm != NULL_ARM)


def _densities(measurement: Measurement) -> Histogram:
    pooled_us = _pooled_us(measurement)
    drawn = [measurement.arms.index(arm) for arm in _drawn(measurement.arms)]
    return densities([pooled_us[:, column] for column in drawn])


def _pooled_us(measurement: Measurement) -> Floats:
    tables = [table.times_ns for table in measurement.tables]
    return np.asarray(np.concatenate(tables) * US_PER_NS, dtype=np.float64)


def _quantile_curves(measurement: Measurement) -> QuantileCurves:
    pooled_us = _pooled_us(measurement)
    probabilities = tail_probabilities(len(pooled_us))
    return QuantileCurves(
        arms=measurement.arms,
        probabilities=probabilities,
        latencies_us=np.asarray(np.quantile(pooled_us, probabilities, axis=0).T, dtype=np.float64),
    )
