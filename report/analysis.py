"""A run directory in, the result out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from contract.run_directory import RunDirectory
from report.campaign_facts import campaign_facts
from report.evidence import Evidence, no_finished_unit
from report.experiment_facts import experiment_facts, run_name
from report.findings import Findings, findings_of, measurements_of
from report.instrument_result import InstrumentName
from report.intervals import rules_of
from report.ladder import ladder_of
from report.measurement import Measurement
from report.model_facts import network_facts
from report.picture_data import PictureData, picture_data
from report.quantile_claims import quantile_claims
from report.readings import Readings
from report.result import Gate, Result
from report.sequence import sequence_points
from report.server_parts import RequestParts
from report.validity import (
    clock_gate,
    control_gate,
    doses_gate,
    equality_gate,
    failures_gate,
    foreign_cpu_gate,
    late_gate,
    steal_gate,
    units_gate,
)
from stats.verdict import Verdict, decide


@dataclass(frozen=True, slots=True)
class Analysis:
    """The result, and what its pictures need besides."""

    result: Result
    pictures: PictureData


def analyse(directory: RunDirectory) -> Analysis:
    """Make the result from everything a run left behind.

    Starts without a partner are counted and not used; an instrument without a complete
    unit is left out.

    Parameters
    ----------
    directory : RunDirectory
        With at least one finished unit of one instrument.

    Raises
    ------
    InvalidRunError
        If no unit is finished.
    ArtifactError, ExperimentError
        If a file is missing or damaged.
    """
    evidence = Evidence.read(directory)
    readings = Readings.of(evidence)
    measurements = measurements_of(evidence, readings)
    if not measurements:
        raise no_finished_unit(directory)
    arms, curves = evidence.experiment.arms, evidence.curves
    return Analysis(
        result=_result(evidence, readings, measurements),
        pictures=picture_data(arms, tuple(measurements.values()), curves),
    )


def _result(
    evidence: Evidence, readings: Readings, measurements: Mapping[InstrumentName, Measurement]
) -> Result:
    findings = findings_of(evidence, readings, measurements)
    experiment = evidence.experiment
    level = experiment.verdict.level
    gates = _gates(readings, findings)
    contrast = findings.primary(experiment.contrast)
    served_rule = rules_of(evidence.record)["served"]
    parts = RequestParts.of(experiment.verdict_arms, readings.parts, served_rule, level)
    return Result(
        run=run_name(experiment, evidence.directory),
        experiment=experiment_facts(experiment),
        verdict=_verdict(findings, gates),
        gates=gates,
        campaigns=campaign_facts(evidence.record),
        ladder=ladder_of(findings),
        instruments=tuple(findings.instruments.values()),
        sequence=sequence_points(() if contrast is None else contrast.relative_by_unit, level),
        dose_responses=findings.dose_responses,
        capacity=findings.capacity,
        instructions=findings.instructions,
        quantiles=quantile_claims(measurements.get("client_latency")),
        server_parts=parts.by_arm() if parts else (),
        parts_difference=parts.difference(experiment.contrast) if parts else None,
        costs=findings.costs,
        dropconnect=findings.dropconnect,
        models=tuple(findings.models.values()),
        networks=tuple(network_facts(card) for card in evidence.networks),
        environment=evidence.environment,
    )


def _gates(readings: Readings, findings: Findings) -> tuple[Gate, ...]:
    experiment, starts = findings.experiment, findings.record.starts
    logs = [log for _, log in readings.capacity]
    by_clock = experiment.endpoint == "cpu_per_request"
    control = findings.primary(experiment.control)
    gates = (
        equality_gate(findings.record.equality, experiment.same_function_arms[1:]),
        control_gate(control, experiment.verdict.margin, experiment.endpoint),
        doses_gate(findings.dose_responses),
        clock_gate(readings.clocks) if by_clock else None,
        steal_gate(starts),
        foreign_cpu_gate(starts),
        late_gate(logs),
        failures_gate(starts, readings.blocks, logs),
        units_gate(findings.instruments.get(experiment.endpoint), experiment.endpoint),
    )
    return tuple(gate for gate in gates if gate is not None)


def _verdict(findings: Findings, gates: tuple[Gate, ...]) -> Verdict:
    experiment = findings.experiment
    contrast, control = (findings.primary(arm) for arm in (experiment.contrast, experiment.control))
    return decide(
        None if contrast is None else contrast.relative,
        experiment.verdict.margin,
        control=None if control is None else control.relative,
        invalid=[gate.finding for gate in gates if not gate.passed],
    )
