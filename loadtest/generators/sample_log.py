"""Samples while they are being taken: kept in memory, written at the end of a start."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from contract.samples import SERVER_COLUMNS, Instrument, IntColumn, Samples
from contract.server_timing import ServerTiming


class SampleLog:
    """Collects one start's samples, row by row, in the order in which they are taken.

    Parameters
    ----------
    instrument : str
        ``in_process`` or ``served``.
    replicate : int
        The start's number.
    arms : tuple of str
        The arms, the reference first.
    """

    def __init__(self, instrument: Instrument, replicate: int, arms: tuple[str, ...]) -> None:
        self._instrument: Instrument = instrument
        self._replicate = replicate
        self._arms = arms
        self._rows: list[tuple[int, int, int, int]] = []
        self._timings: list[str] = []

    def add(self, arm: int, sent_ns: int, done_ns: int, status: int = 0) -> None:
        """Keep one sample: index of the arm, times, HTTP status (0 in process)."""
        self._rows.append((arm, sent_ns, done_ns, status))

    def add_server_timing(self, header: str) -> None:
        """Keep the last sample's ``Server-Timing`` header; it is read when the start is over."""
        self._timings.append(header)

    def samples(self) -> Samples:
        """Return the complete rounds; a round that was cut short is left out.

        In a closed loop a request is due when the one before it is done and handled, so
        the intended time is the time of sending.
        """
        arms = len(self._arms)
        complete = len(self._rows) // arms * arms
        columns = np.array(self._rows[:complete], dtype=np.int64).reshape(complete, 4)
        index = np.arange(complete)
        return Samples(
            instrument=self._instrument,
            replicate=self._replicate,
            arms=self._arms,
            arm=columns[:, 0],
            round=index // arms,
            position=index % arms,
            intended_ns=columns[:, 1],
            sent_ns=columns[:, 1],
            done_ns=columns[:, 2],
            status=columns[:, 3],
            server=_server_columns(self._timings[:complete]),
        )

    def save(self, path: Path, *, interrupted: bool) -> None:
        """Write the samples; those of a start that was cut short go beside the name.

        Raises
        ------
        ArtifactError
            If the folder cannot be written to.
        """
        samples = self.samples()
        if not interrupted:
            samples.save(path)
        elif samples.rounds:
            samples.save(path.with_suffix(".partial.parquet"))


def _server_columns(headers: list[str]) -> dict[str, IntColumn]:
    if not any(headers):
        return {}
    timings = [ServerTiming.parse(header) if header else None for header in headers]
    return {
        name: np.array(
            [-1 if timing is None else getattr(timing, name) for timing in timings], dtype=np.int64
        )
        for name in SERVER_COLUMNS
    }
