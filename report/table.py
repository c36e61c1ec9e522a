"""The report's tables, as text; how they look is the templates' business."""

from __future__ import annotations

from dataclasses import dataclass

from contract.agreement import Agreement
from contract.card import Accuracy
from report.result import Difference, InstrumentResult, Result
from report.rounding import (
    bare_interval,
    dollars,
    number,
    percent,
    significant,
    with_interval,
)
from report.wording import (
    COST_SOURCES,
    GATE_NAMES,
    INSTRUMENT_MEANINGS,
    INSTRUMENT_NAMES,
    STATISTIC_NAMES,
)

_MINUS = "\N{MINUS SIGN}"


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of text.

    Attributes
    ----------
    title : str
        What it is.
    note : str
        How to read it.
    head : tuple of str
        Column headers; the first column holds row headers.
    rows : tuple of tuple of str
        A cell may hold two lines.
    """

    title: str
    note: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]


def difference_table(result: Result) -> Table:
    """Tell every arm against the reference, by every statistic of every instrument."""
    reference, *others = result.experiment.arms
    control = result.experiment.control
    heads = [f"{arm} {_MINUS} {reference}{' (A/A)' if arm == control else ''}" for arm in others]
    rows = [
        (
            f"{INSTRUMENT_NAMES[measured.instrument]}: {STATISTIC_NAMES[statistic]}",
            with_interval(measured.difference(others[0], statistic).reference_level),
            *(_size(measured.difference(arm, statistic)) for arm in others),
        )
        for measured in result.instruments
        for statistic in measured.statistics
    ]
    meanings = ". ".join(
        f"{INSTRUMENT_NAMES[measured.instrument]}: {INSTRUMENT_MEANINGS[measured.instrument]}"
        for measured in result.instruments
    )
    note = (
        f"Differences with their {100 * result.experiment.level:g} % intervals, in microseconds "
        f"and as a share of the level in the second column. {meanings}. Means, medians of paired "
        "differences and differences of quantiles are three quantities; only means add up."
    )
    return Table(
        "Arms and instruments",
        note,
        ("Instrument and statistic", f"{reference}: level", *heads),
        tuple(rows),
    )


def resolution_table(result: Result) -> Table:
    """Tell what stands behind each instrument, and what it can see."""
    rows = tuple(_resolution_row(measured) for measured in result.instruments)
    note = (
        "A unit is two starts with reversed load orders. The noise floor is the A/A control's "
        "interval; what is detectable is the difference that such a run finds four times in five. "
        "Starts without a partner are counted and not used."
    )
    head = ("Instrument", "Units", "Starts", "Rounds", "Noise floor", "Detectable", "Cores")
    return Table("What stands behind the figures", note, head, rows)


def level_table(result: Result) -> Table | None:
    """Tell where client latencies lie, arm by arm."""
    measured = result.instrument("client_latency")
    if measured is None:
        return None
    rows = tuple(
        (levels.arm, *map(with_interval, (levels.mean, levels.p50, levels.p90, levels.p99)))
        for levels in measured.levels
    )
    note = "Quantiles are taken within each start and averaged over starts."
    return Table("Client latency", note, ("Arm", "Mean", "p50", "p90", "p99"), rows)


def parts_table(result: Result) -> Table | None:
    """Tell where a request's time goes."""
    if not result.server_parts:
        return None
    rows = tuple(
        (
            parts.arm,
            *map(
                with_interval,
                (parts.decode, parts.infer, parts.encode, parts.rest, parts.client),
            ),
        )
        for parts in result.server_parts
    )
    note = (
        "Means per request, which add up. The rest is HTTP, the event loop, sockets and the load "
        "generator."
    )
    head = ("Arm", "Decode", "Infer", "Encode", "The rest", "Client latency")
    return Table("Where a request's time goes", note, head, rows)


def cost_table(result: Result) -> Table:
    """Tell what arms cost beyond the reference, per billion predictions."""
    rows = tuple(
        (
            f"{cost.arm}, {COST_SOURCES[cost.instrument]}",
            bare_interval(cost.core_seconds),
            bare_interval(cost.core_hours),
            dollars(cost.usd),
            f"{significant(cost.reference_core_seconds, 3)} core-seconds",
        )
        for cost in result.costs
    )
    reference = result.experiment.arms[0]
    note = (
        f"Beyond what {reference} costs, at ${result.experiment.usd_per_vcpu_hour:g} per "
        "vCPU-hour. One microsecond of CPU per prediction is 1,000 core-seconds per billion. CPU "
        "per request is what a server is billed for; in process is the graph alone, in warm caches."
    )
    head = ("Arm", "Core-seconds", "Core-hours", "Dollars", f"{reference} in all")
    return Table("Cost per billion predictions", note, head, rows)


def gate_table(result: Result) -> Table:
    """Tell what the run must meet to count, and what was found."""
    rows = tuple(
        (
            GATE_NAMES[gate.name],
            "passed" if gate.passed else "FAILED",
            gate.finding + ("" if gate.passed else f"\nRemedy: {gate.remedy}"),
            _limit(gate.name, gate.threshold, gate.unit),
        )
        for gate in result.gates
    )
    note = "A run counts only if every gate is passed; else the verdict is INVALID."
    return Table("Does this run count?", note, ("Gate", "Outcome", "Found", "Limit"), rows)


def model_table(result: Result) -> Table:
    """Tell what the graphs are, and how closely they compute one function."""
    rows = tuple(
        (
            model.arm,
            str(model.scalings),
            ", ".join(model.operators_optimised),
            f"{model.parameters:,}",
            f"{model.flops_per_row:,}",
            _agreement(model.from_network),
            "—" if model.from_reference is None else _agreement(model.from_reference),
            percent_of(model.test_accuracy),
        )
        for model in result.models
    )
    rows_compared = max(model.from_network.rows for model in result.models)
    note = (
        f"Checked on {rows_compared:,} test images: the largest difference of any logit, its "
        "limit, and whether every image is given the same class. What runs is the graph after ONNX "
        "Runtime's optimisation."
    )
    head = (
        "Arm",
        "Scalings",
        "What runs",
        "Parameters",
        "FLOPs a row",
        "From its network in torch",
        f"From {result.experiment.arms[0]}",
        "Test accuracy",
    )
    return Table("One function, several graphs", note, head, rows)


def _agreement(found: Agreement) -> str:
    classes = "same classes" if found.classes_agree else "OTHER CLASSES"
    return f"{found.largest_absolute_difference:.2g} (limit {found.tolerance:.2g}), {classes}"


def network_table(result: Result) -> Table | None:
    """Tell the accuracies of the trained networks."""
    if not result.networks:
        return None
    rows = tuple(
        (
            network.name,
            ", ".join(f"{p:g}" for p in network.drop_probabilities),
            str(network.epochs),
            *_accuracies(network.accuracy),
        )
        for network in result.networks
    )
    note = (
        "Shares of right predictions, in evaluation mode. The arms above are made from the network "
        "inverted; regular is trained by the rule that makes it follow inverted, regular-naive "
        "with the same start and learning rate."
    )
    head = ("Network", "Drop probability", "Epochs", "Training", "Validation", "Test")
    return Table("Trained networks", note, head, rows)


def environment_table(result: Result) -> Table:
    """Tell the machine and the versions."""
    machine = result.environment
    quota = "none" if machine.quota_cores is None else f"{machine.quota_cores:g} cores"
    versions = ", ".join(f"{name} {version}" for name, version in machine.packages.items())
    rows = (
        ("Processor", f"{machine.cpu}, {machine.cores} cores"),
        ("CPU quota", quota),
        ("Frequency governor", machine.governor or "not told by this machine"),
        ("Memory", f"{number(machine.memory_bytes / 2**30, 1)} GiB"),
        ("Kernel", machine.kernel),
        ("Python", machine.python),
        ("perbillion", machine.perbillion),
        ("Packages", versions),
        ("Seeds", ", ".join(f"{name} {seed}" for name, seed in machine.seeds.items())),
    )
    return Table("Environment", "", ("Fact", "Value"), rows)


def percent_of(ratio: float) -> str:
    """Write an accuracy as a percentage with two decimals, as the lecture's notebook does."""
    return f"{number(100 * ratio, 2)} %"


def _accuracies(accuracy: Accuracy) -> tuple[str, str, str]:
    return (
        percent_of(accuracy.train),
        percent_of(accuracy.validation),
        percent_of(accuracy.test),
    )


def _size(difference: Difference) -> str:
    return f"{with_interval(difference.absolute)}\n{percent(difference.relative)}"


def _resolution_row(measured: InstrumentResult) -> tuple[str, ...]:
    starts = str(measured.starts)
    if measured.unpaired_starts:
        starts += f" (+ {measured.unpaired_starts} not used)"
    rounds = f"{measured.rounds:,}"
    if measured.rounds_left_out:
        rounds += f" (+ {measured.rounds_left_out:,} left out)"
    detectable = measured.minimum_detectable_us
    return (
        INSTRUMENT_NAMES[measured.instrument],
        str(measured.units),
        starts,
        rounds,
        with_interval(measured.noise_floor),
        "unknown" if detectable is None else f"{significant(detectable, 2)} µs",
        _placement(measured),
    )


def _placement(measured: InstrumentResult) -> str:
    if not measured.measured_cores:
        return "not pinned"
    what = "process" if measured.instrument == "in_process" else "server"
    placed = f"{what} on core {_core_list(measured.measured_cores)}"
    if measured.generator_cores:
        placed += f", Locust on core {_core_list(measured.generator_cores)}"
    return placed


def _core_list(cores: tuple[int, ...]) -> str:
    return ", ".join(map(str, cores))


def _limit(name: str, threshold: float, unit: str) -> str:
    if name == "control":
        return f"interval holds zero, or size up to {100 * threshold:g} %"
    if unit == "ratio":
        return f"at most {100 * threshold:g} %"
    if unit == "units":
        return f"at least {threshold:.0f}"
    return f"at most {threshold:.2g}"
