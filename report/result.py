"""``result.json``: the answer for machines.

Its parts stand in files of their own, each beside how it is made; they are all to be had here.
"""

from __future__ import annotations

from typing import Any, Literal

from contract.document import Document
from contract.environment import Environment
from report.campaign_facts import CampaignFacts
from report.capacity import ArmCapacity, CapacityFacts
from report.cost import CostPerBillion
from report.dose_response import DoseResponseFacts
from report.dropconnect import DropConnectFacts, SampledDifference
from report.experiment_facts import ExperimentFacts
from report.gate import Gate
from report.instruction_facts import InstructionFacts
from report.instrument_result import (
    ArmLevels,
    Difference,
    InstrumentName,
    InstrumentResult,
    Statistic,
)
from report.ladder import LadderRow
from report.model_facts import ModelFacts, NetworkFacts
from report.quantile_claims import QuantileClaim
from report.sequence import SequencePoint
from report.server_parts import ServerParts
from stats.verdict import Verdict

__all__ = [
    "ArmCapacity",
    "ArmLevels",
    "CampaignFacts",
    "CapacityFacts",
    "CostPerBillion",
    "Difference",
    "DoseResponseFacts",
    "DropConnectFacts",
    "ExperimentFacts",
    "Gate",
    "InstructionFacts",
    "InstrumentName",
    "InstrumentResult",
    "LadderRow",
    "ModelFacts",
    "NetworkFacts",
    "QuantileClaim",
    "Result",
    "SampledDifference",
    "SequencePoint",
    "ServerParts",
    "Statistic",
    "result_json_schema",
]


class Result(Document):
    """The answer of one run.

    Schema history: 1 = first; 2 = every instrument of docs/method.md, campaigns with their
    interval rules, dose-response, ladder, capacity; 3 = comparisons of any two models beside the
    lecture's experiment, agreements with relative differences and shares of classes; 4 = the arms
    with DropConnect and what sampling costs, where dropout stands.

    Attributes
    ----------
    run : str
        Name of the run directory, which begins with the time it was made, in UTC; of a comparison
        with the batch size behind it.
    verdict : Verdict
        On the contrast's relative difference by the endpoint of its experiment.
    gates : tuple of Gate
        What the run must meet to count, computed here and nowhere else.
    campaigns : tuple of CampaignFacts
        How each was planned and how it ended.
    ladder : tuple of LadderRow
        From the multiplications to dollars per billion predictions.
    sequence : tuple of SequencePoint
        The primary endpoint's confidence sequence, unit by unit.
    parts_difference : ServerParts or None
        The contrast's parts minus the reference's, which add up as well; None where the server
        does not tell them.
    dropconnect : DropConnectFacts or None
        What DropConnect by samples costs beside DropConnect by mean weights; None where no unit of
        that campaign is finished.
    """

    schema_version: Literal[4] = 4
    run: str
    experiment: ExperimentFacts
    verdict: Verdict
    gates: tuple[Gate, ...]
    campaigns: tuple[CampaignFacts, ...]
    ladder: tuple[LadderRow, ...]
    instruments: tuple[InstrumentResult, ...]
    sequence: tuple[SequencePoint, ...]
    dose_responses: tuple[DoseResponseFacts, ...]
    capacity: CapacityFacts | None
    instructions: InstructionFacts | None
    quantiles: tuple[QuantileClaim, ...]
    server_parts: tuple[ServerParts, ...]
    parts_difference: ServerParts | None
    costs: tuple[CostPerBillion, ...]
    dropconnect: DropConnectFacts | None
    models: tuple[ModelFacts, ...]
    networks: tuple[NetworkFacts, ...]
    environment: Environment

    def instrument(self, name: InstrumentName) -> InstrumentResult | None:
        """Return what an instrument says; None where it has no finished unit."""
        return next((found for found in self.instruments if found.instrument == name), None)

    def model(self, arm: str) -> ModelFacts:
        """Return the facts of an arm's graph."""
        return next(model for model in self.models if model.arm == arm)

    def cost(self, arm: str, instrument: InstrumentName) -> CostPerBillion | None:
        """Return what an arm costs by an instrument; None where that did not measure it."""
        return next(
            (cost for cost in self.costs if (cost.arm, cost.instrument) == (arm, instrument)), None
        )


def result_json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of ``result.json``."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Result.model_json_schema(mode="serialization"),
    }
