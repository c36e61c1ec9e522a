"""Which starts of a run are finished, how each of them went, and how each campaign ended."""

from __future__ import annotations

from enum import StrEnum
from typing import TYPE_CHECKING, Literal

from pydantic import BaseModel, ConfigDict, Field

from contract.agreement import Agreement
from contract.document import Document

if TYPE_CHECKING:
    # Reading samples needs pyarrow; the plan of a run, and `perbillion serve`, do not.
    from contract.samples import Instrument

# In the order in which the campaigns run.
StartKind = Literal["in_process", "served", "doses", "dropconnect", "capacity"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class StartRecord(_Part):
    """One finished start.

    Attributes
    ----------
    instrument : str
        Which campaign it is of (`StartKind`).
    replicate : int
        Its number in its campaign, from 0.
    unit : int
        The pair it belongs to; both starts of a pair have reversed load orders.
    arms : tuple of str
        The arms that it measured, the reference first.
    load_order : tuple of str
        Arms in the order in which their sessions were loaded, after the sacrificial one; an arm
        stands there once for each of its copies.
    aliases : dict of str to tuple of str
        Arm to the names that its copies were served under; empty in process.
    samples_file : str
        The file beside the run record: Parquet, or for ``capacity`` JSON.
    blocks_file : str or None
        The blocks of one arm beside it (``contract.block_log``); None where there are none.
    rounds, failures : int
        Rounds measured (0 for ``capacity``), and requests that were not answered with 200.
    seconds : float
        From the start of the process to its end.
    steal_share, foreign_share : float
        Shares (0 to 1) of all cores' time that the hypervisor took, and that processes
        other than ours used, while this start ran.
    measured_core, generator_core : int or None
        Where server (or in-process loop) and Locust were pinned; None where they were not.
    realtime : bool
        Whether the measured process ran with a real-time priority.
    """

    instrument: StartKind
    replicate: int
    unit: int
    arms: tuple[str, ...]
    load_order: tuple[str, ...]
    aliases: dict[str, tuple[str, ...]]
    samples_file: str
    blocks_file: str | None = None
    rounds: int
    failures: int
    seconds: float
    steal_share: float
    foreign_share: float
    measured_core: int | None
    generator_core: int | None
    realtime: bool = False


class CampaignEnd(StrEnum):
    """Why a campaign has ended, or that it has not."""

    UNDER_WAY = "under way"
    ALL_UNITS = "all planned units are measured"
    SETTLED = "the verdict is settled"
    RESOLVED = "the half-width asked for is reached by plan"
    OUT_OF_TIME = "the time is over"


class CampaignRecord(_Part):
    """How a campaign was planned, and how it ended: what its intervals follow from.

    Attributes
    ----------
    looks : tuple of int
        Units after which it was planned to look; the last one is the most there may be. One:
        a fixed number.
    first_stage : int or None
        Units of the first of Stein's two stages; None where looks were planned.
    target : float or None
        The half-width that was asked for, as a share of the reference's cost.
    budgeted : bool
        Whether the most units follow from a time that was given.
    end : CampaignEnd
        An interval from a campaign that is under way is made to hold at any time.
    """

    looks: tuple[int, ...]
    first_stage: int | None = None
    target: float | None = None
    budgeted: bool = False
    end: CampaignEnd = CampaignEnd.UNDER_WAY


class RunRecord(Document):
    """The finished starts of a run, in the order in which they ran.

    Schema history: 1 = first; 2 = campaigns with their plans, disturbed starts, the arms of a
    start, blocks, capacity; 3 = agreements with relative differences and shares of classes; 4 =
    the campaign of the arms with DropConnect.

    Attributes
    ----------
    equality : dict of str to Agreement
        Of every arm that can be compared with the reference, on all requests: what the gate before
        the load has found.
    campaigns : dict of str to CampaignRecord
        By instrument.
    starts : tuple of StartRecord
        What estimates are made from.
    disturbed : tuple of StartRecord
        Starts that were run again by the criterion of ``stopping.steal_share``; kept, counted,
        used by no estimate.
    """

    schema_version: Literal[4] = 4
    equality: dict[str, Agreement]
    campaigns: dict[StartKind, CampaignRecord] = Field(default_factory=dict)
    starts: tuple[StartRecord, ...] = ()
    disturbed: tuple[StartRecord, ...] = ()

    def of(self, instrument: StartKind | Instrument) -> tuple[StartRecord, ...]:
        """Return the finished starts of one instrument."""
        return tuple(start for start in self.starts if start.instrument == instrument)
