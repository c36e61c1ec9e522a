"""Instructions per inference, counted by Valgrind's callgrind."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from contract.document import Document


class ArmInstructions(BaseModel):
    """One arm's count: the difference of two run lengths, divided by the inferences between.

    Attributes
    ----------
    instructions : float
        Per inference.
    short_run, long_run : int
        Instructions of both runs, all that they have in common included.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    arm: str
    instructions: float
    short_run: int
    long_run: int


class InstructionCount(Document):
    """Instructions per inference of every arm; repeatable, whatever else the machine does.

    Schema history: 1 = first.

    Attributes
    ----------
    valgrind : str
        Its version.
    inferences : int
        How many the long run has more than the short one.
    """

    schema_version: Literal[1] = 1
    valgrind: str
    inferences: int
    arms: tuple[ArmInstructions, ...]
