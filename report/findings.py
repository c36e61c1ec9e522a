"""All that a run's measurements say, before it is judged and told."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contract.measurement_plan import MeasurementPlan
from contract.run_record import RunRecord
from report.capacity import CapacityFacts, capacity_facts
from report.cost import CostPerBillion, costs_of
from report.dose_response import DOSE_INSTRUMENTS, DoseResponseFacts, dose_response_facts
from report.dropconnect import DropConnectFacts, dropconnect_facts
from report.evidence import Evidence
from report.instruction_facts import InstructionFacts, instruction_facts
from report.instrument_result import Difference, InstrumentName, InstrumentResult
from report.intervals import CAMPAIGN_OF, rules_of
from report.measurement import Measurement, instrument_result, pair_up
from report.model_facts import ModelFacts, model_facts
from report.readings import Readings


@dataclass(frozen=True, slots=True)
class Findings:
    """All that a run's measurements say.

    Attributes
    ----------
    experiment : MeasurementPlan
        What was asked: why something may be missing.
    record : RunRecord
        How the campaigns went.
    models : mapping of str to ModelFacts
        By arm.
    instructions : InstructionFacts or None
        None where they were not counted.
    instruments : mapping of str to InstrumentResult
        By name, from the inside out; those with a finished unit.
    dose_responses : tuple of DoseResponseFacts
        By each instrument that measured the series.
    capacity : CapacityFacts or None
        None where no unit of it is finished.
    costs : tuple of CostPerBillion
        Of the arms of the verdict's campaign.
    dropconnect : DropConnectFacts or None
        What DropConnect by samples costs; None where no unit of its campaign is finished.
    """

    experiment: MeasurementPlan
    record: RunRecord
    models: Mapping[str, ModelFacts]
    instructions: InstructionFacts | None
    instruments: Mapping[InstrumentName, InstrumentResult]
    dose_responses: tuple[DoseResponseFacts, ...]
    capacity: CapacityFacts | None
    costs: tuple[CostPerBillion, ...]
    dropconnect: DropConnectFacts | None

    def primary(self, arm: str) -> Difference | None:
        """Return an arm's difference on the verdict's endpoint; None where not measured."""
        measured = self.instruments.get(self.experiment.endpoint)
        return None if measured is None else measured.difference(arm)

    def cost(self, arm: str) -> CostPerBillion | None:
        """Return what an arm costs by CPU per request; None where not measured."""
        wanted = (arm, "cpu_per_request")
        return next((cost for cost in self.costs if (cost.arm, cost.instrument) == wanted), None)


def measurements_of(evidence: Evidence, readings: Readings) -> Mapping[InstrumentName, Measurement]:
    """Pair the starts of every instrument; one without a complete unit is left out."""
    rules, level = rules_of(evidence.record), evidence.experiment.verdict.level
    paired = {
        name: pair_up(name, starts, rules[CAMPAIGN_OF[name]], level)
        for name, starts in readings.tables.items()
    }
    return {name: found for name, found in paired.items() if found is not None}


def findings_of(
    evidence: Evidence, readings: Readings, measurements: Mapping[InstrumentName, Measurement]
) -> Findings:
    """Estimate everything there is data for.

    Parameters
    ----------
    evidence : Evidence
        What the run left behind.
    readings : Readings
        What its starts say.
    measurements : mapping of str to Measurement
        The same, paired.
    """
    experiment, record = evidence.experiment, evidence.record
    models = {
        card.arm: model_facts(card, record.equality.get(card.arm)) for card in evidence.models
    }
    instruments = {
        name: instrument_result(
            measurement, contrast=experiment.contrast, control=experiment.control
        )
        for name, measurement in measurements.items()
    }
    counted = evidence.instructions
    costly = [arm for arm in experiment.verdict_arms[1:] if arm != experiment.control]
    price = experiment.cost.usd_per_vcpu_hour
    return Findings(
        experiment=experiment,
        record=record,
        models=models,
        instructions=None if counted is None else instruction_facts(counted),
        instruments=instruments,
        dose_responses=_dose_responses(measurements, instruments, models),
        capacity=capacity_facts(
            readings.capacity,
            experiment.capacity,
            rules_of(record)["capacity"],
            experiment.verdict.level,
        ),
        costs=costs_of(tuple(instruments.values()), costly, price, experiment.rows_per_request),
        dropconnect=dropconnect_facts(instruments, models, price),
    )


def _dose_responses(
    measurements: Mapping[InstrumentName, Measurement],
    instruments: Mapping[InstrumentName, InstrumentResult],
    models: Mapping[str, ModelFacts],
) -> tuple[DoseResponseFacts, ...]:
    scalings = {arm: model.scalings for arm, model in models.items()}
    found = (
        dose_response_facts(
            instruments[name], scalings, measurements[name].rule, measurements[name].level
        )
        for name in DOSE_INSTRUMENTS
        if name in measurements
    )
    return tuple(response for response in found if response is not None)
