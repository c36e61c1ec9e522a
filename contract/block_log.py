"""Blocks of one arm, whose cost is read from outside: the cross-check of the server's own clock.

The clock of another process moves in ticks of 4 ms while that process runs. It is exact once the
process sleeps, which is waited for between two blocks (docs/method.md).
"""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from contract.document import Document


class CpuBlock(BaseModel):
    """Requests to one arm, one after another.

    Attributes
    ----------
    arm : str
        The arm.
    requests, failures : int
        How many were sent, and how many of them were not answered with 200.
    cpu_ns : int
        What the server's process used for them, all threads, by its clock as another process
        reads it.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    arm: str
    requests: int
    failures: int
    cpu_ns: int


class BlockLog(Document):
    """The blocks of one start, in the order in which they ran.

    Schema history: 1 = first.
    """

    schema_version: Literal[1] = 1
    replicate: int
    arms: tuple[str, ...]
    blocks: tuple[CpuBlock, ...]
