"""What every finished start of a run says, each file read once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self, get_args

import numpy as np
import numpy.typing as npt

from contract.block_log import BlockLog
from contract.capacity_log import CapacityLog
from contract.run_record import StartRecord
from report.evidence import Evidence
from report.instrument_result import InstrumentName
from report.round_table import (
    ClockReadings,
    RoundTable,
    block_table,
    clock_readings,
    part_means_ns,
    tables_of,
)


@dataclass(frozen=True, slots=True)
class Readings:
    """The readings of all starts, complete units or not, in the order of the run record.

    Attributes
    ----------
    tables : mapping of str to sequence of (StartRecord, RoundTable)
        By instrument; every instrument has an entry.
    parts : sequence of (StartRecord, float64 array of shape (4, arms))
        Means of the parts of a request (``report.round_table.part_means_ns``), of the starts
        that make the verdict.
    capacity : sequence of (StartRecord, CapacityLog)
        What the capacity instrument found.
    blocks : sequence of BlockLog
        Blocks of one arm.
    clocks : sequence of ClockReadings
        One a served start.
    """

    tables: Mapping[InstrumentName, Sequence[tuple[StartRecord, RoundTable]]]
    parts: Sequence[tuple[StartRecord, npt.NDArray[np.float64]]]
    capacity: Sequence[tuple[StartRecord, CapacityLog]]
    blocks: Sequence[BlockLog]
    clocks: Sequence[ClockReadings]

    @classmethod
    def of(cls, evidence: Evidence) -> Self:
        """Read all finished starts.

        Raises
        ------
        ArtifactError
            If a file is missing, damaged, or of other arms than its start's.
        """
        tables: dict[InstrumentName, list[tuple[StartRecord, RoundTable]]] = {
            name: [] for name in get_args(InstrumentName)
        }
        parts, blocks, clocks = [], [], []
        by_clock = evidence.experiment.endpoint == "cpu_per_request"
        for start in evidence.record.starts:
            if start.instrument == "capacity":
                continue
            samples = evidence.samples(start)
            for name, table in tables_of(samples).items():
                # One thread's clock does not tell what several threads, or several servers, did.
                if name != "cpu_per_request" or by_clock:
                    tables[name].append((start, table))
            if start.instrument != "in_process":
                clocks.append(clock_readings(samples))
            means_ns = part_means_ns(samples) if start.instrument == "served" else None
            if means_ns is not None:
                parts.append((start, means_ns))
            log = evidence.blocks(start)
            if log is not None:
                blocks.append(log)
                tables["cpu_blocks"].append((start, block_table(log)))
        capacity = [
            (start, evidence.capacity_log(start)) for start in evidence.record.of("capacity")
        ]
        return cls(tables, parts, capacity, blocks, clocks)
