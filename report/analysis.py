"""A run directory in, the result out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from contract.agreement import Agreement
from contract.card import ModelCard
from contract.experiment import Experiment
from contract.run_directory import RunDirectory
from contract.run_record import StartRecord
from report.cost import costs_of
from report.evidence import Evidence, no_finished_unit
from report.measurement import US_PER_NS, instrument_result, pair_up
from report.picture_data import PictureData, picture_data
from report.result import (
    ExperimentFacts,
    Gate,
    InstrumentName,
    InstrumentResult,
    ModelFacts,
    NetworkFacts,
    Result,
    ServerParts,
)
from report.round_table import RoundTable, part_means_ns, tables_of
from report.validity import (
    control_gate,
    equality_gate,
    failures_gate,
    foreign_cpu_gate,
    steal_gate,
    units_gate,
)
from stats.estimate import t_estimate
from stats.unit import pair_starts, unit_means
from stats.verdict import Verdict, decide

CONTRAST = "regular"
CONTROL = "again"
INSTRUMENTS: tuple[InstrumentName, ...] = ("in_process", "client_latency", "cpu_per_request")

_Tables = dict[InstrumentName, list[tuple[StartRecord, RoundTable]]]
_PartMeans = npt.NDArray[np.float64]


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
    experiment = evidence.experiment
    tables, parts = _tables(evidence)
    paired = (pair_up(name, experiment.arms, tables[name]) for name in INSTRUMENTS)
    measurements = [measurement for measurement in paired if measurement is not None]
    if not measurements:
        raise no_finished_unit(directory)
    level = experiment.verdict.level
    instruments = tuple(
        instrument_result(measurement, contrast=CONTRAST, control=CONTROL, level=level)
        for measurement in measurements
    )
    primary = next((r for r in instruments if r.instrument == "cpu_per_request"), None)
    gates = _gates(evidence, primary)
    costly = [arm for arm in experiment.arms[1:] if arm != CONTROL]
    result = Result(
        run=directory.root.name,
        experiment=_experiment_facts(experiment),
        verdict=_verdict(primary, gates, experiment.verdict.margin),
        gates=gates,
        instruments=instruments,
        server_parts=_server_parts(experiment.arms, parts, level),
        costs=costs_of(instruments, costly, experiment.cost.usd_per_vcpu_hour),
        models=tuple(_model_facts(card, evidence.record.equality) for card in evidence.models),
        networks=_network_facts(evidence),
        environment=evidence.environment,
    )
    return Analysis(result, picture_data(experiment.arms, measurements, evidence.curves))


def _tables(evidence: Evidence) -> tuple[_Tables, list[tuple[StartRecord, _PartMeans]]]:
    """Read every start once: its tables by instrument, and the server's parts."""
    tables: _Tables = {name: [] for name in INSTRUMENTS}
    parts = []
    for start in evidence.record.starts:
        samples = evidence.samples(start)
        for name, table in tables_of(samples).items():
            tables[name].append((start, table))
        means_ns = part_means_ns(samples)
        if means_ns is not None:
            parts.append((start, means_ns))
    return tables, parts


def _gates(evidence: Evidence, primary: InstrumentResult | None) -> tuple[Gate, ...]:
    starts = evidence.record.starts
    experiment = evidence.experiment
    control = primary.difference(CONTROL) if primary is not None else None
    return (
        equality_gate(evidence.record.equality),
        control_gate(control, experiment.verdict.margin),
        steal_gate(starts),
        foreign_cpu_gate(starts),
        failures_gate(starts, len(experiment.arms)),
        units_gate(primary),
    )


def _verdict(primary: InstrumentResult | None, gates: tuple[Gate, ...], margin: float) -> Verdict:
    return decide(
        primary.difference(CONTRAST).relative if primary is not None else None,
        margin,
        control=primary.difference(CONTROL).relative if primary is not None else None,
        invalid=[gate.finding for gate in gates if not gate.passed],
    )


def _server_parts(
    arms: tuple[str, ...], parts: list[tuple[StartRecord, _PartMeans]], level: float
) -> tuple[ServerParts, ...]:
    pairs = pair_starts([start.unit for start, _ in parts])
    if not len(pairs):
        return ()
    by_unit_us = unit_means(np.array([means for _, means in parts]), pairs) * US_PER_NS
    found = []
    for column, arm in enumerate(arms):
        decode, infer, encode, client = by_unit_us[:, :, column].T
        rest = client - decode - infer - encode
        estimates = [
            t_estimate(values, level=level, unit="µs")
            for values in (decode, infer, encode, rest, client)
        ]
        names = ("decode", "infer", "encode", "rest", "client")
        found.append(ServerParts(arm=arm, **dict(zip(names, estimates, strict=True))))
    return tuple(found)


def _experiment_facts(experiment: Experiment) -> ExperimentFacts:
    return ExperimentFacts(
        name=experiment.name,
        profile=experiment.profile,
        data=experiment.data.name,
        hidden=experiment.network.hidden,
        drop_probability=experiment.network.drop_probability,
        activation=experiment.network.activation,
        arms=experiment.arms,
        contrast=CONTRAST,
        control=CONTROL,
        margin=experiment.verdict.margin,
        level=experiment.verdict.level,
        usd_per_vcpu_hour=experiment.cost.usd_per_vcpu_hour,
    )


def _model_facts(card: ModelCard, equality: Mapping[str, Agreement]) -> ModelFacts:
    hidden = zip(card.layer_widths[1:-1], card.drop_probabilities, strict=True)
    return ModelFacts(
        arm=card.arm,
        same_function=card.same_function,
        from_network=card.parity,
        from_reference=equality.get(card.arm),
        test_accuracy=card.test_accuracy,
        scalings=card.scalings,
        scaled_numbers=sum(width for width, p in hidden if p > 0) if card.scalings else 0,
        operators=card.census.operators,
        operators_optimised=card.census.operators_optimised,
        parameters=card.census.parameters,
        flops_per_row=card.census.flops_per_row,
        sha256=card.model_sha256,
    )


def _network_facts(evidence: Evidence) -> tuple[NetworkFacts, ...]:
    return tuple(
        NetworkFacts(
            name=card.name,
            dropout=card.dropout,
            matching=card.matching,
            drop_probabilities=card.drop_probabilities,
            epochs=card.epochs,
            accuracy=card.accuracy,
        )
        for card in evidence.networks
    )
