"""One start's samples as tables: a row a round, a column an arm, nanoseconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from contract.samples import Samples
from report.result import InstrumentName
from stats.paired import NOT_MEASURED, complete_rounds, cpu_per_request

PARTS = ("decode_ns", "infer_ns", "encode_ns")
_Table = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class RoundTable:
    """What an instrument read in one start.

    Attributes
    ----------
    times_ns : int64 array, shape (rounds, arms)
        Complete rounds only.
    left_out : int
        Rounds in which a request failed or its figure is unknown.
    """

    times_ns: _Table
    left_out: int

    @property
    def rounds(self) -> int:
        """Number of complete rounds."""
        return len(self.times_ns)


def tables_of(samples: Samples) -> Mapping[InstrumentName, RoundTable]:
    """Arrange a start's samples by instrument.

    Latency counts from the moment a request was due, not from when it was sent, so that a
    generator that falls behind does not flatter the server (Tene, "How NOT to Measure
    Latency").
    """
    waited_ns = _answered(samples, samples.done_ns - samples.intended_ns)
    if samples.instrument == "in_process":
        return {"in_process": _round_table(samples, waited_ns)}
    tables: dict[InstrumentName, RoundTable] = {"client_latency": _round_table(samples, waited_ns)}
    clock_ns = samples.server.get("thread_cpu_ns")
    if clock_ns is not None:
        used_ns = _answered(samples, cpu_per_request(clock_ns))
        tables["cpu_per_request"] = _round_table(samples, used_ns)
    return tables


def part_means_ns(samples: Samples) -> npt.NDArray[np.float64] | None:
    """Return mean decode, infer, encode and client time over the same rounds.

    Returns
    -------
    float64 array, shape (4, arms), or None
        Nanoseconds; None where the server did not tell, or no round is complete.
    """
    if not all(name in samples.server for name in PARTS):
        return None
    waited_ns = _answered(samples, samples.done_ns - samples.intended_ns)
    columns = [*(_answered(samples, samples.server[name]) for name in PARTS), waited_ns]
    tables = np.stack([samples.by_round(column) for column in columns])
    complete = (tables != NOT_MEASURED).all(axis=(0, 2))
    if not complete.any():
        return None
    return np.asarray(tables[:, complete].mean(axis=1), dtype=np.float64)


def _answered(samples: Samples, column: _Table) -> _Table:
    """Blank out requests that were not answered as they should be."""
    good = (samples.status == 200) | (samples.status == 0)
    return np.where(good, column, NOT_MEASURED)


def _round_table(samples: Samples, column: _Table) -> RoundTable:
    table = samples.by_round(column)
    kept = complete_rounds(table)
    return RoundTable(times_ns=kept, left_out=len(table) - len(kept))
