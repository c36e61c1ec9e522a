"""What one start of the capacity instrument found: saturated blocks and probes of Poisson load."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from contract.document import Document

LATE_TOLERANCE_NS = 1_000_000
"""A request that was sent later than this after it was due counts as late: a fifth of the default
objective, and many times what sending takes."""


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class SaturatedBlock(_Part):
    """Closed-loop load on one arm, as much as the server takes.

    Attributes
    ----------
    arm : str
        The arm.
    requests, failures : int
        Requests answered within the block, and how many of them not with 200.
    seconds : float
        How long it was.
    busy_share : float
        Share of the time that the server's core was not idle, by the kernel's ticks of 10 ms: over
        half a second it is known to 2 %. Whether a block counts is decided by the report.
    """

    arm: str
    requests: int
    failures: int
    seconds: float
    busy_share: float


class PoissonProbe(_Part):
    """Open-loop load on one arm, arrivals of a Poisson process; latency from when each was due.

    Attributes
    ----------
    rate_hz : float
        Mean arrivals a second.
    sent, late : int
        Requests, and those that the generator sent more than `LATE_TOLERANCE_NS` after they were
        due. A request that found every connection taken was not sent.
    failures : int
        Requests that were not answered with 200, those that were not sent included.
    over_objective : int
        Requests that took longer than the objective, or failed.
    latency_us : float
        The objective's percentile of the requests that were answered; 0 where none was.
    held : bool
        Whether the objective was held, and nothing failed.
    """

    arm: str
    rate_hz: float
    sent: int
    late: int
    failures: int
    over_objective: int
    latency_us: float
    held: bool


class CapacityLog(Document):
    """One start of the capacity instrument, in the order in which it went.

    Schema history: 1 = first.

    Attributes
    ----------
    connections : int
        Of the saturated blocks.
    largest_held_hz : dict of str to float
        Arm to the largest rate that held the objective; an arm is missing where none held.
        Only the reference and the contrast are probed.
    """

    schema_version: Literal[1] = 1
    replicate: int
    arms: tuple[str, ...]
    connections: int
    objective_ms: float
    objective_percentile: float
    blocks: tuple[SaturatedBlock, ...]
    probes: tuple[PoissonProbe, ...]
    largest_held_hz: dict[str, float]

    @property
    def failures(self) -> int:
        """Requests of saturated blocks that were not answered with 200.

        A probe beyond the server's capacity is meant to fail, and is not counted.
        """
        return sum(block.failures for block in self.blocks)
