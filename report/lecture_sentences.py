"""Sentences of the answer to the lecture's question: what the scalings cost."""

from __future__ import annotations

from collections import Counter

from report.result import InstrumentResult, Result
from report.rounding import bare_interval, count, dollars, percent, rounded, with_interval
from report.shared_sentences import level_of, told_from_zero
from report.tables.models import percent_of
from report.wording import MINUS


def in_process_line(result: Result) -> str:
    """Say what the scalings cost, measured in process."""
    measured = result.instrument("in_process")
    if measured is None:
        return ""
    difference = measured.difference(result.experiment.contrast)
    subject = _scalings_of(result)
    verb = "costs" if subject.startswith("the scaling ") else "cost"
    size = (
        f"{with_interval(difference.absolute)} per prediction, measured in process: "
        f"{percent(difference.relative)} of the {level_of(difference)} that "
        f"{result.experiment.arms[0]} takes."
    )
    if not told_from_zero(difference.absolute):
        return f"What {subject} {verb} cannot be told from noise: {size}"
    return f"T{subject[1:]} {verb} {size}"


def slope_line(result: Result) -> str:
    """Say what one more scaling costs."""
    if not result.dose_responses:
        return ""
    places = {"in_process": "in process", "doses_cpu": "of server CPU"}
    slopes = [found.slope for found in result.dose_responses]
    lost = not any(map(told_from_zero, slopes))
    told = " and ".join(
        f"{with_interval(found.slope)} {places[found.instrument]}"
        f"{'' if lost or told_from_zero(found.slope) else ' (not told from noise)'}"
        for found in result.dose_responses
    )
    scalings = _listed(result.dose_responses[0].scalings)
    line = f"{told}: the slope of a line through {scalings} scalings."
    if lost:
        return f"What one more scaling costs cannot be told from noise: {line}"
    return f"One more scaling costs {line}"


def folding_line(result: Result) -> str:
    """Say what is left of the cost when the factors are folded into the weights."""
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


def lesson_line(result: Result) -> str:
    """Say what it is that costs."""
    reference = result.model(result.experiment.arms[0])
    contrast = result.model(result.experiment.contrast)
    if not contrast.scalings:
        return f"{result.experiment.contrast} has no scaling: no unit is ever dropped."
    if contrast.graph is None or reference.graph is None or contrast.origin is None:
        return ""
    extra = Counter(contrast.graph.operators_optimised) - Counter(
        reference.graph.operators_optimised
    )
    if not extra:
        return (
            "The graph that runs has no node more than the reference's: ONNX Runtime's optimiser "
            "took the scalings out."
        )
    nodes = ", ".join(f"{number} {operator}" for operator, number in sorted(extra.items()))
    return (
        f"It is not the multiplication: {contrast.origin.scaled_numbers} multiplications are a "
        "handful of "
        f"vector instructions. What costs is dispatching the extra graph nodes ({nodes})."
    )


def dropconnect_line(result: Result) -> str:
    """Say what DropConnect by samples costs beside its mean weights, and what it buys."""
    facts = result.dropconnect
    if facts is None:
        return ""
    by_clock = facts.difference("dropconnect_cpu")
    found = by_clock or facts.differences[0]
    place = "of server CPU per request" if by_clock else "of client latency"
    cost = facts.cost
    bill = (
        f": {bare_interval(cost.core_hours)} core-hours ({dollars(cost.usd)}) more per billion "
        "predictions"
        if cost
        else ""
    )
    return (
        f"DropConnect by {count(facts.samples, 'sample')} a layer takes "
        f"{with_interval(found.absolute)} more {place} than by mean weights "
        f"({percent(found.relative)} of {rounded(found.mean_weights)} µs){bill}. It is right on "
        f"{percent_of(facts.sampled_accuracy)} of the test images, by mean weights on "
        f"{percent_of(facts.mean_weights_accuracy)}."
    )


def _scalings_of(result: Result) -> str:
    """Name what is under test: ``the scalings (2 a prediction)``."""
    scalings = result.model(result.experiment.contrast).scalings
    return f"the scaling{'' if scalings == 1 else 's'} ({scalings} a prediction)"


def _detected(measured: InstrumentResult, arm: str) -> bool:
    """Say whether a secondary difference stands out among all that were looked at."""
    difference = measured.difference(arm).absolute
    adjusted = measured.adjusted_p.get(arm)
    if adjusted is None:
        return difference.excludes_zero
    return adjusted < 1 - difference.level


def _listed(numbers: tuple[int, ...]) -> str:
    *earlier, last = map(str, numbers)
    return f"{', '.join(earlier)} and {last}"
