"""The answer in a few plain sentences."""

from __future__ import annotations

import textwrap
from collections import Counter

from contract.run_directory import RunDirectory
from report.campaign_text import campaign_sentences
from report.result import CostPerBillion, Difference, InstrumentName, InstrumentResult, Result
from report.rounding import (
    bare_interval,
    count,
    dollars,
    glued,
    percent,
    rounded,
    significant,
    unglued,
    with_interval,
)
from report.wording import COST_SOURCES, GATE_NAMES, MINUS
from stats.estimate import MINIMUM_UNITS, Estimate
from stats.verdict import VerdictKind

_WIDTH = 96


def answer_text(result: Result, directory: RunDirectory) -> str:
    """Return the answer for a terminal, with the place of the report.

    Parameters
    ----------
    result : Result
        Of the run.
    directory : RunDirectory
        Where its report lies.
    """
    answer, verdict = answer_lines(result), verdict_lines(result)
    # Nobody should read figures that do not count before reading that they do not.
    invalid = result.verdict.kind is VerdictKind.INVALID
    lines = (*verdict, *answer) if invalid else (*answer, *verdict)
    blocks = (
        "\n".join(
            textwrap.wrap(glued(line), _WIDTH, subsequent_indent="  ", break_on_hyphens=False)
        )
        for line in lines
    )
    return unglued("\n".join(blocks)) + f"\nReport: {directory.report_html}"


def answer_lines(result: Result) -> tuple[str, ...]:
    """Return what was found, a sentence or two each; what was not measured is left out."""
    lines = (
        _in_process_line(result),
        _slope_line(result),
        _noise_floor_line(result),
        _client_line(result),
        _cost_line(result),
        _folding_line(result),
        _lesson_line(result),
        _interval_line(result),
        _campaign_line(result),
    )
    return tuple(line for line in lines if line)


def verdict_lines(result: Result) -> tuple[str, ...]:
    """Return the verdict with its level, or each gate that fails with its remedy."""
    kind = result.verdict.kind
    if kind is not VerdictKind.INVALID:
        return (f"Verdict: {kind}. {verdict_sentence(result)}",)
    failed = [
        f"- {GATE_NAMES[gate.name]}: {gate.finding}. Remedy: {gate.remedy}."
        for gate in result.gates
        if not gate.passed
    ]
    return (f"Verdict: {kind}. This run does not count; its figures are no result.", *failed)


def verdict_sentence(result: Result) -> str:
    """Say what the verdict is about, what its size is a share of, and why it is what it is."""
    verdict = result.verdict
    sentences = [f"{reason[0].upper()}{reason[1:]}." for reason in verdict.reasons]
    primary = result.instrument("cpu_per_request")
    if primary is None:
        return " ".join(sentences)
    contrast = primary.difference(result.experiment.contrast)
    sentences.insert(
        0,
        f"In server CPU per request {_contrast(result)} is {percent(contrast.relative)} of "
        f"{_level(contrast)}; the margin is ±{100 * verdict.margin:g} %.",
    )
    if verdict.more_units is not None:
        sentences.append(
            f"Going by this spread, {_longer(result, verdict.more_units)} would settle it four "
            "times in five."
        )
    if primary.minimum_detectable_us is not None:
        least = 100 * primary.minimum_detectable_us / contrast.reference_level.point
        sentences.append(f"Such a run detects {significant(least, 2)} % four times in five.")
    return " ".join(sentences)


def _longer(result: Result, more_units: int) -> str:
    """Say how much longer a run takes: ``12 units more (24 server starts, about 3 minutes)``."""
    starts = count(2 * more_units, "server start")
    seconds = next((c.seconds_per_unit for c in result.campaigns if c.instrument == "served"), 0.0)
    minutes = max(1, round(more_units * seconds / 60))
    lasting = f", about {count(minutes, 'minute')}" if seconds else ""
    return f"{count(more_units, 'unit')} more ({starts}{lasting})"


def scalings_of(result: Result) -> str:
    """Name what is under test: ``the scalings (2 a prediction)``."""
    scalings = result.model(result.experiment.contrast).scalings
    return f"the scaling{'' if scalings == 1 else 's'} ({scalings} a prediction)"


def _in_process_line(result: Result) -> str:
    measured = result.instrument("in_process")
    if measured is None:
        return ""
    difference = measured.difference(result.experiment.contrast)
    subject = scalings_of(result)
    verb = "costs" if subject.startswith("the scaling ") else "cost"
    size = (
        f"{with_interval(difference.absolute)} per prediction, measured in process: "
        f"{percent(difference.relative)} of the {_level(difference)} that "
        f"{result.experiment.arms[0]} takes."
    )
    if not _told_from_zero(difference.absolute):
        return f"What {subject} {verb} cannot be told from noise: {size}"
    return f"T{subject[1:]} {verb} {size}"


def _slope_line(result: Result) -> str:
    if not result.dose_responses:
        return ""
    places = {"in_process": "in process", "doses_cpu": "of server CPU"}
    slopes = [found.slope for found in result.dose_responses]
    lost = not any(map(_told_from_zero, slopes))
    told = " and ".join(
        f"{with_interval(found.slope)} {places[found.instrument]}"
        f"{'' if lost or _told_from_zero(found.slope) else ' (not told from noise)'}"
        for found in result.dose_responses
    )
    scalings = _listed(result.dose_responses[0].scalings)
    line = f"{told}: the slope of a line through {scalings} scalings."
    if lost:
        return f"What one more scaling costs cannot be told from noise: {line}"
    return f"One more scaling costs {line}"


def _noise_floor_line(result: Result) -> str:
    control = result.experiment.control
    told = []
    if (in_process := result.instrument("in_process")) is not None:
        told.append(f"{with_interval(in_process.difference(control).absolute)} in process")
    if (cpu := result.instrument("cpu_per_request")) is not None:
        told.append(f"{percent(cpu.difference(control).relative)} in CPU per request")
    if not told and (client := result.instrument("client_latency")) is not None:
        told.append(f"{with_interval(client.difference(control).absolute)} of client latency")
    if not told:
        return ""
    return f"Noise floor: the same model against itself differs by {' and '.join(told)}."


def _client_line(result: Result) -> str:
    measured = result.instrument("client_latency")
    if measured is None:
        return ""
    difference = measured.difference(result.experiment.contrast)
    lost = "" if _told_from_zero(difference.absolute) else ", which cannot be told from noise"
    return (
        f"A client waits {with_interval(difference.absolute)} longer (median of paired "
        f"differences): {percent(difference.relative)} of the median latency of "
        f"{_level(difference)}{lost}."
    )


def _cost_line(result: Result) -> str:
    arm = result.experiment.contrast
    names: tuple[InstrumentName, ...] = ("cpu_per_request", "in_process")
    costs = [cost for name in names if (cost := result.cost(arm, name)) is not None]
    told = ", and ".join(f"{_cost(cost)} {COST_SOURCES[cost.instrument]}" for cost in costs)
    price = f"${result.experiment.usd_per_vcpu_hour:g} per vCPU-hour"
    return f"Per billion predictions, at {price}, that is {told}." if costs else ""


def _folding_line(result: Result) -> str:
    measured = result.instrument("in_process") or result.instrument("client_latency")
    if measured is None or "folded" not in measured.arms:
        return ""
    folded = measured.difference("folded").absolute
    place = "in process" if measured.instrument == "in_process" else "of client latency"
    size = f"folded {MINUS} {result.experiment.arms[0]} is {with_interval(folded)} {place}"
    if folded.half_width is None:
        return f"With the factors folded into the weights at export {size}."
    if not _detected(measured, "folded"):
        outcome = "nothing of it can be seen"
    else:
        outcome = "not all of it goes" if folded.point > 0 else "nothing of it is left"
    return f"With the factors folded into the weights at export {outcome}: {size}."


def _lesson_line(result: Result) -> str:
    reference = result.model(result.experiment.arms[0])
    contrast = result.model(result.experiment.contrast)
    if not contrast.scalings:
        return f"{result.experiment.contrast} has no scaling: no unit is ever dropped."
    extra = Counter(contrast.operators_optimised) - Counter(reference.operators_optimised)
    if not extra:
        return (
            "The graph that runs has no node more than the reference's: ONNX Runtime's optimiser "
            "took the scalings out."
        )
    nodes = ", ".join(f"{number} {operator}" for operator, number in sorted(extra.items()))
    return (
        f"It is not the multiplication: {contrast.scaled_numbers} multiplications are a handful of "
        f"vector instructions. What costs is dispatching the extra graph nodes ({nodes})."
    )


def _interval_line(result: Result) -> str:
    counted = []
    if (in_process := result.instrument("in_process")) is not None:
        counted.append((in_process.units, f"{in_process.starts} fresh processes"))
    served = result.instrument("client_latency") or result.instrument("doses_cpu")
    if served is not None:
        counted.append((served.units, f"{served.starts} server starts"))
    told = " and ".join(f"{count(units, 'unit')} ({starts})" for units, starts in counted)
    level = f"{100 * result.experiment.level:g} %"
    if all(units >= MINIMUM_UNITS for units, _ in counted):
        return f"Intervals are {level} over {told}."
    return (
        f"Intervals are {level}; below {MINIMUM_UNITS} units none is printed (≈). Finished: {told}."
    )


def _campaign_line(result: Result) -> str:
    served = next((facts for facts in result.campaigns if facts.instrument == "served"), None)
    return "" if served is None else campaign_sentences(served)


def _contrast(result: Result) -> str:
    return f"{result.experiment.contrast} {MINUS} {result.experiment.arms[0]}"


def _told_from_zero(estimate: Estimate) -> bool:
    return estimate.half_width is None or estimate.excludes_zero


def _detected(measured: InstrumentResult, arm: str) -> bool:
    """Say whether a secondary difference stands out among all that were looked at."""
    difference = measured.difference(arm).absolute
    adjusted = measured.adjusted_p.get(arm)
    if adjusted is None:
        return difference.excludes_zero
    return adjusted < 1 - difference.level


def _level(difference: Difference) -> str:
    return f"{rounded(difference.reference_level)} µs"


def _cost(cost: CostPerBillion) -> str:
    return f"{bare_interval(cost.core_hours)} core-hours ({dollars(cost.usd)})"


def _listed(numbers: tuple[int, ...]) -> str:
    *earlier, last = map(str, numbers)
    return f"{', '.join(earlier)} and {last}"
