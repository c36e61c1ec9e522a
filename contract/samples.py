"""Raw samples: one row a measured inference, one Parquet file a start.

Columns (times in nanoseconds on the clock of the measuring process, which has no zero
that means anything: only differences do)

============== ======= ==============================================================
round          int32   which round of the start
position       int8    the arm's place in its round, 0 first
arm            text    the arm
intended_ns    int64   when the inference was due
sent_ns        int64   when it began
done_ns        int64   when its result was there
status         int16   HTTP status; 0 in process; -1 where no answer came
decode_ns      int64   server: body to tensors; null where not measured, as below
infer_ns       int64   server: in ONNX Runtime
encode_ns      int64   server: tensors to body
thread_cpu_ns  int64   server: its thread's CPU clock when the request came in
============== ======= ==============================================================

The file's metadata carries the schema's version, the instrument, the start's number and
the arms in the order of the experiment. Schema history: 1 = first.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Literal, Self

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.parquet as pq

from contract.document import write_atomically
from contract.errors import ArtifactError

# The campaigns that measure in rounds: `doses` and `dropconnect` are served too, with other arms.
Instrument = Literal["in_process", "served", "doses", "dropconnect"]
IntColumn = npt.NDArray[np.int64]

SCHEMA_VERSION = 1
_METADATA_KEY = b"perbillion"
_REQUIRED = {
    "round": pa.int32(),
    "position": pa.int8(),
    "intended_ns": pa.int64(),
    "sent_ns": pa.int64(),
    "done_ns": pa.int64(),
    "status": pa.int16(),
}
SERVER_COLUMNS = ("decode_ns", "infer_ns", "encode_ns", "thread_cpu_ns")


@dataclass(frozen=True, slots=True)
class Samples:
    """The samples of one start; every column has one entry a measured inference.

    Attributes
    ----------
    instrument : str
        Which campaign it is of (`Instrument`).
    replicate : int
        The start's number in its campaign, from 0.
    arms : tuple of str
        The arms, the reference first.
    arm : int64 array
        Index into `arms`.
    round, position, intended_ns, sent_ns, done_ns, status : int64 arrays
        See the module.
    server : dict of str to int64 array
        The columns named in ``SERVER_COLUMNS``; -1 where not measured. Empty in process.

    Rows are kept in the order in which they were measured.
    """

    instrument: Instrument
    replicate: int
    arms: tuple[str, ...]
    arm: IntColumn
    round: IntColumn
    position: IntColumn
    intended_ns: IntColumn
    sent_ns: IntColumn
    done_ns: IntColumn
    status: IntColumn
    server: dict[str, IntColumn]

    @property
    def rounds(self) -> int:
        """Number of rounds; every one is complete."""
        return self.arm.size // len(self.arms)

    @property
    def failures(self) -> int:
        """Requests that were not answered with 200; always 0 in process."""
        return int(np.count_nonzero((self.status != 200) & (self.status != 0)))

    def answered(self, column: IntColumn) -> IntColumn:
        """Return a column with -1 wherever a request was not answered with 200."""
        good = (self.status == 200) | (self.status == 0)
        return np.where(good, column, -1)

    def by_round(self, column: IntColumn) -> npt.NDArray[np.int64]:
        """Arrange a column as (rounds, arms): one row a round, one column an arm.

        Parameters
        ----------
        column : int64 array
            Any column of these samples, or one computed from them in the same order.
        """
        table = np.empty((self.rounds, len(self.arms)), dtype=np.int64)
        row = np.arange(self.arm.size) // len(self.arms)
        table[row, self.arm] = column
        return table

    def save(self, path: Path) -> None:
        """Write the samples as Parquet, whole or not at all.

        Raises
        ------
        ArtifactError
            If the folder cannot be written to.
        """
        arrays: dict[str, pa.Array] = {
            name: pa.array(getattr(self, name), type=kind) for name, kind in _REQUIRED.items()
        }
        arrays["arm"] = pa.DictionaryArray.from_arrays(
            pa.array(self.arm, type=pa.int8()), pa.array(self.arms)
        )
        for name in SERVER_COLUMNS:
            values = self.server.get(name)
            if values is None:
                arrays[name] = pa.nulls(self.arm.size, pa.int64())
            else:
                arrays[name] = pa.array(values, type=pa.int64(), mask=values < 0)
        facts = {
            "schema_version": SCHEMA_VERSION,
            "instrument": self.instrument,
            "replicate": self.replicate,
            "arms": self.arms,
        }
        table = pa.table(arrays).replace_schema_metadata({_METADATA_KEY: json.dumps(facts)})
        buffer = BytesIO()
        pq.write_table(table, buffer, compression="zstd")
        write_atomically(path, buffer.getvalue())

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read samples that `save` wrote.

        Raises
        ------
        ArtifactError
            If the file is missing, damaged, or of another schema version.
        """
        try:
            table = pq.read_table(path)
            facts = json.loads((table.schema.metadata or {})[_METADATA_KEY])
        except (OSError, pa.ArrowException, KeyError, ValueError) as error:
            raise ArtifactError(
                f"cannot read these samples: {str(error).splitlines()[0]}",
                where=str(path),
                remedy="delete the file and resume the run",
            ) from error
        if facts.get("schema_version") != SCHEMA_VERSION:
            raise ArtifactError(
                f"samples of schema version {facts.get('schema_version')}; "
                f"this version reads {SCHEMA_VERSION}",
                where=str(path),
            )
        arms = tuple(facts["arms"])
        return cls(
            instrument=facts["instrument"],
            replicate=facts["replicate"],
            arms=arms,
            arm=_arm_indices(table, arms),
            server=_server_columns(table),
            **{name: _integers(table, name) for name in _REQUIRED},
        )


def _integers(table: pa.Table, name: str) -> IntColumn:
    return np.asarray(table.column(name).fill_null(-1).to_numpy(), dtype=np.int64)


def _arm_indices(table: pa.Table, arms: tuple[str, ...]) -> IntColumn:
    indices = {arm: index for index, arm in enumerate(arms)}
    return np.array([indices[name] for name in table.column("arm").to_pylist()], dtype=np.int64)


def _server_columns(table: pa.Table) -> dict[str, IntColumn]:
    present = (name for name in SERVER_COLUMNS if table.column(name).null_count < len(table))
    return {name: _integers(table, name) for name in present}
