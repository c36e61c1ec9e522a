"""Instructions per inference."""

from __future__ import annotations

from contract.instruction_count import InstructionCount
from report.result_part import ResultPart


class InstructionFacts(ResultPart):
    """Instructions per inference: exact counts, no estimates."""

    valgrind: str
    inferences: int
    instructions: dict[str, float]


def instruction_facts(count: InstructionCount) -> InstructionFacts:
    """Tell every arm's count."""
    return InstructionFacts(
        valgrind=count.valgrind,
        inferences=count.inferences,
        instructions={found.arm: found.instructions for found in count.arms},
    )
