"""Which starts of a run are finished, and how each of them went."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from contract.agreement import Agreement
from contract.document import Document
from contract.samples import Instrument


class StartRecord(BaseModel):
    """One finished start.

    Attributes
    ----------
    instrument : str
        ``in_process`` or ``served``.
    replicate : int
        Its number in its campaign, from 0.
    unit : int
        The pair it belongs to; both starts of a pair have reversed load orders.
    load_order : tuple of str
        Arms in the order in which their sessions were loaded, after the sacrificial one.
    aliases : dict of str to str
        Arm to the name it was served under; empty in process.
    samples_file : str
        The Parquet file beside the run record.
    rounds, failures : int
        Rounds measured, and requests among them that were not answered with 200.
    seconds : float
        From the start of the process to its end.
    steal_share, foreign_share : float
        Shares (0 to 1) of all cores' time that the hypervisor took, and that processes
        other than ours used, while this start ran.
    measured_core, generator_core : int or None
        Where server (or in-process loop) and Locust were pinned; None where they were not.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    instrument: Instrument
    replicate: int
    unit: int
    load_order: tuple[str, ...]
    aliases: dict[str, str]
    samples_file: str
    rounds: int
    failures: int
    seconds: float
    steal_share: float
    foreign_share: float
    measured_core: int | None
    generator_core: int | None


class RunRecord(Document):
    """The finished starts of a run, in the order in which they ran.

    Schema history: 1 = first.

    Attributes
    ----------
    equality : dict of str to Agreement
        Of every arm but the reference with the reference, on the whole payload: what the
        gate before the load has found.
    """

    schema_version: Literal[1] = 1
    equality: dict[str, Agreement]
    starts: tuple[StartRecord, ...] = ()

    def of(self, instrument: Instrument) -> tuple[StartRecord, ...]:
        """Return the finished starts of one instrument."""
        return tuple(start for start in self.starts if start.instrument == instrument)
