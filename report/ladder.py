"""The ladder: from the multiplications to dollars per billion predictions, level by level."""

from __future__ import annotations

from dataclasses import dataclass

from contract.measurement_plan import MeasurementPlan
from contract.run_record import StartKind
from report.capacity import ArmCapacity, CapacityFacts
from report.cost import SECONDS_PER_HOUR
from report.findings import Findings
from report.instrument_result import InstrumentName, Statistic
from report.intervals import CAMPAIGN_OF
from report.result_part import ResultPart
from stats.estimate import Estimate


class LadderRow(ResultPart):
    """One level of the ladder from multiplications to dollars: contrast minus reference.

    Attributes
    ----------
    level : str
        What is looked at, for a reader.
    instrument : str
        What measured it, for a reader.
    difference : Estimate or None
        In its own unit; None where the level was not measured.
    exact : float or None
        Where the level is counted and not estimated.
    unit : str
        Of both.
    reference : float or None
        The reference's own figure, in the same unit.
    missing : str
        Why there is no figure, and how to get one; empty where there is one.
    """

    level: str
    instrument: str
    difference: Estimate | None
    exact: float | None
    unit: str
    reference: float | None
    missing: str = ""


@dataclass(frozen=True, slots=True)
class _Step:
    """A level before its figure is known."""

    level: str
    instrument: str
    unit: str

    def counted(self, contrast: float, reference: float) -> LadderRow:
        return LadderRow(
            level=self.level,
            instrument=self.instrument,
            difference=None,
            exact=contrast - reference,
            unit=self.unit,
            reference=reference,
        )

    def estimated(self, difference: Estimate, reference: float) -> LadderRow:
        return LadderRow(
            level=self.level,
            instrument=self.instrument,
            difference=difference,
            exact=None,
            unit=self.unit,
            reference=reference,
        )

    def missing(self, why: str) -> LadderRow:
        return LadderRow(
            level=self.level,
            instrument=self.instrument,
            difference=None,
            exact=None,
            unit=self.unit,
            reference=None,
            missing=why,
        )


def ladder_of(findings: Findings) -> tuple[LadderRow, ...]:
    """Put the levels in order, from the inside out; one that was not measured says why."""
    return (
        *_graph_rows(findings),
        _instructions_row(findings),
        *_time_rows(findings),
        *_capacity_rows(findings),
        *_cost_rows(findings),
    )


def _graph_rows(findings: Findings) -> tuple[LadderRow, ...]:
    contrast = findings.models[findings.experiment.contrast]
    reference = findings.models[findings.experiment.arms[0]]
    nodes = _Step("Graph nodes that run", "census after ONNX Runtime's optimisation", "nodes")
    flops = _Step("Floating-point operations", "census of the graph", "operations")
    if contrast.graph is None or reference.graph is None:
        why = "only the server has the graph"
        return nodes.missing(why), flops.missing(why)
    counted = (
        nodes.counted(
            len(contrast.graph.operators_optimised), len(reference.graph.operators_optimised)
        ),
        flops.counted(contrast.graph.flops_per_row, reference.graph.flops_per_row),
    )
    if contrast.origin is None or reference.origin is None:
        return counted
    multiplications = _Step("Multiplications by 1-p", "census of the graph", "multiplications")
    return (
        multiplications.counted(contrast.origin.scaled_numbers, reference.origin.scaled_numbers),
        *counted,
    )


def _instructions_row(findings: Findings) -> LadderRow:
    step = _Step("Instructions per inference", "Valgrind's callgrind", "instructions")
    if not findings.experiment.instructions.enabled:
        return step.missing(_left_out(findings.experiment, "instructions.enabled=true"))
    counted = {} if findings.instructions is None else findings.instructions.instructions
    reference = findings.experiment.arms[0]
    contrast = findings.experiment.contrast
    if contrast not in counted or reference not in counted:
        return step.missing(
            f"not counted: install Valgrind, then {findings.experiment.resume_command}"
        )
    return step.counted(counted[contrast], counted[reference])


def _time_rows(findings: Findings) -> tuple[LadderRow, ...]:
    wanted: tuple[tuple[InstrumentName, Statistic, str, str], ...] = (
        ("in_process", "mean", "Inference in process", "fresh processes"),
        ("handler", "mean", "Handler", "Server-Timing header"),
        ("cpu_per_request", "mean", "CPU per request", "the server's thread clock"),
        ("cpu_blocks", "mean", "CPU per request, by blocks", "the server's clock from outside"),
        ("client_latency", "mean", "Client latency, mean", "Locust"),
        (
            "client_latency",
            "median_of_paired_differences",
            "Client latency, median of paired differences",
            "Locust",
        ),
    )
    return tuple(
        _time_row(findings, name, statistic, _Step(level, instrument, "µs"))
        for name, statistic, level, instrument in wanted
    )


def _time_row(
    findings: Findings, name: InstrumentName, statistic: Statistic, step: _Step
) -> LadderRow:
    measured = findings.instruments.get(name)
    if measured is not None:
        difference = measured.difference(findings.experiment.contrast, statistic)
        return step.estimated(difference.absolute, difference.reference_level.point)
    if findings.experiment.served_elsewhere and name != "client_latency":
        return step.missing("a model is served elsewhere: only its clients' view is measured")
    # Latency needs nothing but answers: where even that is missing, no unit is finished.
    if name == "in_process" or "client_latency" not in findings.instruments:
        return step.missing(_unfinished(findings, CAMPAIGN_OF[name]))
    if name == "cpu_blocks":
        return step.missing("no blocks of one arm: measure with served.blocks_per_arm of 1 or more")
    if name == "cpu_per_request" and findings.experiment.threads > 1:
        return step.missing("one thread's clock does not tell what several threads do")
    return step.missing("the server does not tell it: serve with perbillion serve")


def _capacity_rows(findings: Findings) -> tuple[LadderRow, ...]:
    section = findings.experiment.capacity
    objective = f"{100 * section.objective_percentile:g} % within {section.objective_ms:g} ms"
    saturated = _Step("Saturated capacity", "closed loop, the server's core busy", "requests/s")
    held = _Step(f"Poisson rate that holds {objective}", "open loop", "requests/s")
    if not section.pairs:
        why = _left_out(findings.experiment, "capacity.pairs=6")
        return saturated.missing(why), held.missing(why)
    capacity = findings.capacity
    if capacity is None:
        why = _unfinished(findings, "capacity")
        return saturated.missing(why), held.missing(why)
    contrast = capacity.of(findings.experiment.contrast)
    reference = capacity.of(findings.experiment.arms[0])
    return _saturated_row(saturated, contrast, reference, capacity), _held_row(
        held, contrast, reference, section.probes
    )


def _saturated_row(
    step: _Step,
    contrast: ArmCapacity | None,
    reference: ArmCapacity | None,
    capacity: CapacityFacts,
) -> LadderRow:
    ratio = contrast.saturated_ratio if contrast is not None else None
    level = reference.saturated_hz if reference is not None else None
    if ratio is None or level is None:
        return step.missing(
            f"no capacity: {capacity.blocks_counted} of {capacity.blocks} blocks kept the "
            f"server's core {100 * capacity.busy_share:g} % busy; it takes a generator that is "
            "faster than the server, on cores of its own"
        )
    return step.estimated(ratio.scaled(level.point, step.unit), level.point)


def _held_row(
    step: _Step, contrast: ArmCapacity | None, reference: ArmCapacity | None, probes: int
) -> LadderRow:
    ratio = contrast.held_ratio if contrast is not None else None
    level = reference.held_hz if reference is not None else None
    if ratio is None or level is None:
        return step.missing(
            "too few starts held the objective at any rate: measure with a larger "
            "capacity.objective_ms"
            if probes
            else "not probed: measure with capacity.probes of 1 or more"
        )
    return step.estimated(ratio.scaled(level.point, step.unit), level.point)


def _cost_rows(findings: Findings) -> tuple[LadderRow, ...]:
    hours = _Step("Core-hours per billion predictions", "CPU per request", "core-hours")
    usd = _Step("Dollars per billion predictions", "CPU per request and a core's price", "USD")
    cost = findings.cost(findings.experiment.contrast)
    if cost is None:
        return hours.missing("it follows from CPU per request"), usd.missing(
            "it follows from CPU per request"
        )
    reference_hours = cost.reference_core_seconds / SECONDS_PER_HOUR
    price = findings.experiment.cost.usd_per_vcpu_hour
    return (
        hours.estimated(cost.core_hours, reference_hours),
        usd.estimated(cost.usd, reference_hours * price),
    )


def _unfinished(findings: Findings, kind: StartKind) -> str:
    budgeted = findings.experiment.stopping.budget_seconds is not None
    if budgeted and kind not in findings.record.campaigns:
        return "the time that was given did not suffice for it: a new run with a larger --budget"
    return f"no unit of it is finished: {findings.experiment.resume_command}"


def _left_out(experiment: MeasurementPlan, setting: str) -> str:
    return f"profile {experiment.profile} leaves it out: --profile standard, or --set {setting}"
