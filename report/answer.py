"""The answer in a few plain sentences."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping

from contract.measurement_plan import Endpoint
from contract.run_directory import RunDirectory
from report.comparison_sentences import function_line, graph_line, models_line, takes_line
from report.lecture_sentences import (
    dropconnect_line,
    folding_line,
    in_process_line,
    lesson_line,
    slope_line,
)
from report.result import Result
from report.rounding import count, glued, percent, significant, unglued
from report.shared_sentences import (
    campaign_line,
    client_line,
    cost_line,
    interval_line,
    level_of,
    noise_floor_line,
)
from report.wording import GATE_NAMES, MINUS
from stats.verdict import VerdictKind

_WIDTH = 96
_ENDPOINTS: Mapping[Endpoint, str] = {
    "cpu_per_request": "server CPU per request",
    "client_latency": "client latency (median of paired differences)",
}


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
    lines = _lecture(result) if result.experiment.comparison is None else _comparison(result)
    return tuple(line for line in lines if line)


def _lecture(result: Result) -> tuple[str, ...]:
    return (
        in_process_line(result),
        slope_line(result),
        noise_floor_line(result),
        client_line(result),
        cost_line(result),
        folding_line(result),
        lesson_line(result),
        dropconnect_line(result),
        interval_line(result),
        campaign_line(result),
    )


def _comparison(result: Result) -> tuple[str, ...]:
    return (
        takes_line(result),
        models_line(result),
        noise_floor_line(result),
        client_line(result),
        cost_line(result),
        function_line(result),
        graph_line(result),
        interval_line(result),
        campaign_line(result),
    )


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
    primary = result.instrument(result.experiment.endpoint)
    if primary is None:
        return " ".join(sentences)
    contrast = primary.difference(result.experiment.contrast)
    sentences.insert(
        0,
        f"In {_ENDPOINTS[result.experiment.endpoint]} {_contrast(result)} is "
        f"{percent(contrast.relative)} of {level_of(contrast)}; the margin is "
        f"±{100 * verdict.margin:g} %.",
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


def _contrast(result: Result) -> str:
    return f"{result.experiment.contrast} {MINUS} {result.experiment.arms[0]}"
