"""The primary endpoint while a campaign runs.

CPU per request: per unit, (mean of the arm - mean of the reference) / mean of the reference,
averaged over the unit's two starts. Client latency, where no clock of the server's can tell what a
request cost: the median of the paired differences / the reference's median.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from contract.errors import InvalidRunError
from contract.measurement_plan import Endpoint
from contract.run_record import StartRecord
from contract.samples import Samples
from stats.paired import (
    arm_means,
    arm_quantiles,
    complete_rounds,
    cpu_per_request,
    mean_differences,
    median_paired_differences,
    relative_differences,
)
from stats.unit import pair_starts, unit_means

Floats = npt.NDArray[np.float64]


def relative_by_unit(
    starts: Sequence[StartRecord], folder: Path, endpoint: Endpoint
) -> dict[str, Floats]:
    """Read finished starts and return what each complete unit says of each arm.

    Parameters
    ----------
    starts : sequence of StartRecord
        Finished starts of the served campaign, in the order of time.
    folder : Path
        Where their samples are.
    endpoint : str
        ``cpu_per_request`` or ``client_latency``.

    Returns
    -------
    dict of str to float64 array, shape (units,)
        Ratios, by arm; the reference's are 0. Empty where no unit is complete.

    Raises
    ------
    ArtifactError
        If samples are missing or damaged.
    InvalidRunError
        If a start has no complete round that tells the endpoint.
    """
    relative = relative_cpu if endpoint == "cpu_per_request" else relative_latency
    pairs = pair_starts([start.unit for start in starts])
    if not len(pairs):
        return {}
    used = [starts[index] for index in pairs.ravel().tolist()]
    by_start = np.array([relative(folder / start.samples_file) for start in used])
    by_unit = unit_means(by_start, np.arange(len(used)).reshape(len(pairs), 2))
    return dict(zip(used[0].arms, by_unit.T, strict=True))


def relative_cpu(path: Path) -> Floats:
    """Return each arm's relative difference of mean CPU per request in one start.

    Raises
    ------
    ArtifactError, InvalidRunError
        As `cpu_rounds` does.
    """
    rounds = cpu_rounds(path)
    return relative_differences(mean_differences(rounds), arm_means(rounds))


def relative_latency(path: Path) -> Floats:
    """Return each arm's median paired difference of latency in one start, by the median.

    Raises
    ------
    ArtifactError
        If the samples are missing or damaged.
    InvalidRunError
        If no round is complete.
    """
    samples = Samples.load(path)
    waited_ns = samples.answered(samples.done_ns - samples.intended_ns)
    rounds = complete_rounds(samples.by_round(waited_ns))
    if not len(rounds):
        raise InvalidRunError(
            "no whole round was answered",
            where=str(path),
            remedy="was there time for a round (served.seconds_per_start)?",
        )
    return relative_differences(median_paired_differences(rounds), arm_quantiles(rounds, 0.5))


def cpu_rounds(path: Path) -> npt.NDArray[np.int64]:
    """Read the CPU time of every request of one start's complete rounds.

    Returns
    -------
    int64 array, shape (rounds, arms)
        Nanoseconds.

    Raises
    ------
    ArtifactError
        If the samples are missing or damaged.
    InvalidRunError
        If the server told of no complete round, or its clock stands still.
    """
    samples = Samples.load(path)
    clock_ns = samples.server.get("thread_cpu_ns")
    if clock_ns is not None:
        used_ns = samples.answered(cpu_per_request(clock_ns))
        rounds = complete_rounds(samples.by_round(used_ns))
        if len(rounds) and rounds[:, 0].any():
            return rounds
    raise InvalidRunError(
        "no whole round in which the server told what CPU time its requests took",
        where=str(path),
        remedy="is it a server of perbillion, does its thread's CPU clock run, and was there time "
        "for a round (served.seconds_per_start)?",
    )
