"""One start's samples as tables: a row a round, a column an arm, nanoseconds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from contract.block_log import BlockLog
from contract.samples import IntColumn, Samples
from report.instrument_result import InstrumentName
from stats.paired import NOT_MEASURED, Table, complete_rounds, cpu_per_request

PARTS = ("decode_ns", "infer_ns", "encode_ns")
US_PER_NS = 1e-3


@dataclass(frozen=True, slots=True)
class RoundTable:
    """What an instrument read in one start.

    Attributes
    ----------
    times_ns : int64 or float64 array, shape (rounds, arms)
        Complete rounds only.
    left_out : int
        Rounds in which a request failed or its figure is unknown.
    """

    times_ns: Table
    left_out: int

    @property
    def rounds(self) -> int:
        """Number of complete rounds."""
        return len(self.times_ns)


@dataclass(frozen=True, slots=True)
class ClockReadings:
    """How many requests the server's own clock has charged.

    Attributes
    ----------
    requests : int
        Answered ones, with another answered one behind them: the next reading ends the charge.
    uncharged : int
        Those of them that cost nothing by that clock, or that it does not tell of.
    """

    requests: int
    uncharged: int


def tables_of(samples: Samples) -> Mapping[InstrumentName, RoundTable]:
    """Arrange a start's samples by instrument.

    Latency counts from the moment a request was due, not from when it was sent, so that a
    generator that falls behind does not flatter the server (Tene, "How NOT to Measure
    Latency").
    """
    match samples.instrument:
        case "in_process":
            return {"in_process": _round_table(samples, _waited_ns(samples))}
        case "doses":
            return _clocked(samples, "doses_cpu")
        case "dropconnect":
            return {
                "dropconnect_latency": _round_table(samples, _waited_ns(samples)),
                **_clocked(samples, "dropconnect_cpu"),
            }
        case "served":
            tables: dict[InstrumentName, RoundTable] = {
                "client_latency": _round_table(samples, _waited_ns(samples)),
                **_clocked(samples, "cpu_per_request"),
            }
            if _tells_parts(samples):
                tables["handler"] = _round_table(samples, _handled_ns(samples))
            return tables


def block_table(log: BlockLog) -> RoundTable:
    """Arrange a start's blocks: a row for each arm's first block, one for the second, and so on.

    A block's figure is the CPU of the server's process by the number of its requests.
    """
    rows = [
        [
            _cost_ns(block.cpu_ns, block.requests, block.failures)
            for block in log.blocks
            if block.arm == arm
        ]
        for arm in log.arms
    ]
    whole = min((len(row) for row in rows), default=0)
    table = np.array([row[:whole] for row in rows], dtype=np.float64).T
    kept = table[(table != NOT_MEASURED).all(axis=1)]
    return RoundTable(times_ns=kept, left_out=max(map(len, rows), default=0) - len(kept))


def part_means_ns(samples: Samples) -> npt.NDArray[np.float64] | None:
    """Return mean decode, infer, encode and client time over the same rounds.

    Returns
    -------
    float64 array, shape (4, arms), or None
        Nanoseconds; None where the server did not tell, or no round is complete.
    """
    if not _tells_parts(samples):
        return None
    columns = [*(samples.answered(samples.server[name]) for name in PARTS), _waited_ns(samples)]
    tables = np.stack([samples.by_round(column) for column in columns])
    complete = (tables != NOT_MEASURED).all(axis=(0, 2))
    if not complete.any():
        return None
    return np.asarray(tables[:, complete].mean(axis=1), dtype=np.float64)


def clock_readings(samples: Samples) -> ClockReadings:
    """Count the requests of a served start that the server's clock should have charged."""
    answered = samples.answered(samples.done_ns) != NOT_MEASURED
    followed = answered[:-1] & answered[1:]
    charged = _charged_ns(samples)[:-1] != NOT_MEASURED
    return ClockReadings(
        requests=int(np.count_nonzero(followed)),
        uncharged=int(np.count_nonzero(followed & ~charged)),
    )


def _clocked(samples: Samples, name: InstrumentName) -> dict[InstrumentName, RoundTable]:
    if "thread_cpu_ns" not in samples.server:
        return {}
    return {name: _round_table(samples, _charged_ns(samples))}


def _charged_ns(samples: Samples) -> IntColumn:
    """Return the CPU charged to each request; not measured where a clock stood still."""
    clock_ns = samples.server.get("thread_cpu_ns")
    if clock_ns is None:
        return np.full_like(samples.arm, NOT_MEASURED)
    used_ns = samples.answered(cpu_per_request(clock_ns))
    # No request costs nothing. Kept, such a figure would pass for a cheap arm; the gate
    # "clock" counts them.
    return np.where(used_ns > 0, used_ns, NOT_MEASURED)


def _waited_ns(samples: Samples) -> IntColumn:
    return samples.answered(samples.done_ns - samples.intended_ns)


def _tells_parts(samples: Samples) -> bool:
    return all(name in samples.server for name in PARTS)


def _handled_ns(samples: Samples) -> IntColumn:
    parts = np.stack([samples.server[name] for name in PARTS])
    known = (parts != NOT_MEASURED).all(axis=0)
    return samples.answered(np.where(known, parts.sum(axis=0), NOT_MEASURED))


def _cost_ns(cpu_ns: int, requests: int, failures: int) -> float:
    return cpu_ns / requests if requests and not failures else NOT_MEASURED


def _round_table(samples: Samples, column: IntColumn) -> RoundTable:
    table = samples.by_round(column)
    kept = complete_rounds(table)
    return RoundTable(times_ns=kept, left_out=len(table) - len(kept))
