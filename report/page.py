"""Everything the report says, in its order, before it is HTML or Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from report.answer import answer_lines, verdict_lines, verdict_sentence
from report.result import Result
from report.rounding import bare_interval, dollars, percent, rounded, with_interval
from report.table import (
    Table,
    cost_table,
    difference_table,
    environment_table,
    gate_table,
    level_table,
    model_table,
    network_table,
    parts_table,
    resolution_table,
)
from report.wording import LIMITS, STATISTIC_NAMES
from stats.verdict import VerdictKind

Tone = Literal["good", "open", "bad"]
_TONES: dict[VerdictKind, Tone] = {
    VerdictKind.INVALID: "bad",
    VerdictKind.SLOWER: "bad",
    VerdictKind.INCONCLUSIVE: "open",
    VerdictKind.SLOWER_SIZE_OPEN: "open",
    VerdictKind.FASTER_SIZE_OPEN: "open",
}


@dataclass(frozen=True, slots=True)
class Figure:
    """One number to see at first sight: its value, what it is, and what it is a share of."""

    value: str
    label: str
    level: str


@dataclass(frozen=True, slots=True)
class Page:
    """The report's content.

    Attributes
    ----------
    title, subtitle : str
        What it is about, and which run.
    figures : tuple of Figure
        The headline numbers.
    answer : tuple of str
        The answer in sentences.
    counts : bool
        Whether the run is valid; if not, the verdict comes before the figures.
    verdict : str
        The verdict's name.
    tone : str
        ``good``, ``open`` or ``bad``: how the verdict is coloured.
    verdict_text : tuple of str
        What it rests on; the failing gates where the run is invalid.
    results, validity, function : tuple of Table
        The measurement; the gates; equality and accuracy.
    limits : tuple of str
        What the figures do not say.
    environment : Table
        The machine and the versions.
    commands : tuple of str
        How to repeat the run; RUN_DIR is the folder that the report lies in.
    """

    title: str
    subtitle: str
    figures: tuple[Figure, ...]
    answer: tuple[str, ...]
    counts: bool
    verdict: str
    tone: Tone
    verdict_text: tuple[str, ...]
    results: tuple[Table, ...]
    validity: tuple[Table, ...]
    function: tuple[Table, ...]
    limits: tuple[str, ...]
    environment: Table
    commands: tuple[str, ...]


def page_of(result: Result) -> Page:
    """Put the report's content together."""
    facts = result.experiment
    hidden = "-".join(map(str, facts.hidden))
    drops = ", ".join(f"{p:g}" for p in facts.drop_probability)
    kind = result.verdict.kind
    results = (
        difference_table(result),
        resolution_table(result),
        level_table(result),
        parts_table(result),
        cost_table(result),
    )
    function = (model_table(result), network_table(result))
    return Page(
        title="The cost of regular dropout's scalings at prediction",
        subtitle=f"Run {result.run}: profile {facts.profile}, data {facts.data}, hidden layers "
        f"{hidden} with drop probabilities {drops}, arms {', '.join(facts.arms)}.",
        figures=_figures(result),
        answer=answer_lines(result),
        counts=kind is not VerdictKind.INVALID,
        verdict=kind.value,
        tone=_TONES.get(kind, "good"),
        verdict_text=_verdict_text(result),
        results=tuple(table for table in results if table is not None),
        validity=(gate_table(result),),
        function=tuple(table for table in function if table is not None),
        limits=LIMITS,
        environment=environment_table(result),
        commands=(
            "perbillion run RUN_DIR/experiment.toml  # a new run of the same experiment",
            "perbillion report RUN_DIR               # this report again, from the same samples",
        ),
    )


def _verdict_text(result: Result) -> tuple[str, ...]:
    if result.verdict.kind is VerdictKind.INVALID:
        first, *failed = verdict_lines(result)
        return (
            first.removeprefix(f"Verdict: {result.verdict.kind}. "),
            *(line.removeprefix("- ") for line in failed),
        )
    return (verdict_sentence(result),)


def _figures(result: Result) -> tuple[Figure, ...]:
    contrast = result.experiment.contrast
    found = []
    if (in_process := result.instrument("in_process")) is not None:
        difference = in_process.difference(contrast)
        found.append(
            Figure(
                with_interval(difference.absolute),
                "more per prediction, in process",
                f"{percent(difference.relative)} of {rounded(difference.reference_level)} µs",
            )
        )
    if (cpu := result.instrument("cpu_per_request")) is not None:
        difference = cpu.difference(contrast)
        found.append(
            Figure(
                with_interval(difference.absolute),
                "more server CPU per request",
                f"{percent(difference.relative)} of {rounded(difference.reference_level)} µs",
            )
        )
    if (client := result.instrument("client_latency")) is not None:
        difference = client.difference(contrast)
        found.append(
            Figure(
                with_interval(difference.absolute),
                f"more client latency, {STATISTIC_NAMES[client.headline]}",
                f"{percent(difference.relative)} of {rounded(difference.reference_level)} µs",
            )
        )
    cost = result.cost(contrast, "cpu_per_request") or result.cost(contrast, "in_process")
    if cost is not None:
        source = "server CPU" if cost.instrument == "cpu_per_request" else "the in-process figure"
        found.append(
            Figure(
                dollars(cost.usd),
                f"more per billion predictions, by {source}",
                f"{bare_interval(cost.core_hours)} core-hours",
            )
        )
    return tuple(found)
