"""Everything the report says, in its order, before it is HTML or Markdown."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from contract.ledger import Ledger
from report.answer import answer_lines, verdict_lines, verdict_sentence
from report.result import InstrumentName, Result
from report.rounding import bare_interval, dollars, percent, rounded, with_interval
from report.subject import subject_of
from report.tables.campaigns import campaign_table
from report.tables.capacity import capacity_table
from report.tables.claims import claims_table
from report.tables.costs import cost_table
from report.tables.differences import difference_table, series_table
from report.tables.doses import dose_table
from report.tables.dropconnect import dropconnect_table
from report.tables.environment import environment_table
from report.tables.gates import gate_table
from report.tables.instructions import instruction_table
from report.tables.instruments import instrument_table, resolution_table
from report.tables.ladder import ladder_table
from report.tables.latency import level_table, quantile_table
from report.tables.models import model_table, network_table
from report.tables.requests import cross_check_table, parts_table
from report.tables.table import Table
from report.wording import limits_of
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
    ladder : Table
        All instruments side by side.
    results, validity, function : tuple of Table
        The measurement in detail; the gates; equality and accuracy.
    claims : Table or None
        What the lecture's claims came to; None where nobody settled them with this run.
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
    ladder: Table
    results: tuple[Table, ...]
    validity: tuple[Table, ...]
    function: tuple[Table, ...]
    claims: Table | None
    limits: tuple[str, ...]
    environment: Table
    commands: tuple[str, ...]


def page_of(result: Result, ledger: Ledger | None = None) -> Page:
    """Put the report's content together.

    Parameters
    ----------
    result : Result
        Of the run.
    ledger : Ledger, optional
        What the lecture's claims came to, with this run's serving evidence.
    """
    kind = result.verdict.kind
    subject = subject_of(result)
    results = (
        difference_table(result),
        dose_table(result),
        series_table(result),
        parts_table(result),
        cross_check_table(result),
        level_table(result),
        quantile_table(result),
        capacity_table(result),
        instruction_table(result),
        cost_table(result),
        dropconnect_table(result),
        instrument_table(result),
        campaign_table(result),
        resolution_table(result),
    )
    function = (model_table(result), network_table(result))
    return Page(
        title=subject.title,
        subtitle=subject.subtitle,
        figures=_figures(result),
        answer=answer_lines(result),
        counts=kind is not VerdictKind.INVALID,
        verdict=kind.value,
        tone=tone_of(kind),
        verdict_text=_verdict_text(result),
        ladder=ladder_table(result),
        results=tuple(table for table in results if table is not None),
        validity=(gate_table(result),),
        function=tuple(table for table in function if table is not None),
        claims=None if ledger is None else claims_table(ledger),
        limits=limits_of(result),
        environment=environment_table(result),
        commands=subject.commands,
    )


def tone_of(kind: VerdictKind) -> Tone:
    """Say how a verdict is coloured."""
    return _TONES.get(kind, "good")


def _verdict_text(result: Result) -> tuple[str, ...]:
    if result.verdict.kind is VerdictKind.INVALID:
        first, *failed = verdict_lines(result)
        return (
            first.removeprefix(f"Verdict: {result.verdict.kind}. "),
            *(line.removeprefix("- ") for line in failed),
        )
    return (verdict_sentence(result),)


def _figures(result: Result) -> tuple[Figure, ...]:
    measured: tuple[tuple[InstrumentName, str], ...] = (
        ("in_process", "more per inference, in process"),
        ("cpu_per_request", "more server CPU per request"),
        ("client_latency", "more client latency, median of paired differences"),
    )
    found = [_difference_figure(result, name, label) for name, label in measured]
    found.append(_cost_figure(result))
    return tuple(figure for figure in found if figure is not None)


def _difference_figure(result: Result, name: InstrumentName, label: str) -> Figure | None:
    measured = result.instrument(name)
    if measured is None:
        return None
    difference = measured.difference(result.experiment.contrast)
    level = f"{percent(difference.relative)} of {rounded(difference.reference_level)} µs"
    return Figure(with_interval(difference.absolute), label, level)


def _cost_figure(result: Result) -> Figure | None:
    contrast = result.experiment.contrast
    cost = result.cost(contrast, "cpu_per_request") or result.cost(contrast, "in_process")
    if cost is None:
        return None
    source = "server CPU" if cost.instrument == "cpu_per_request" else "the in-process figure"
    return Figure(
        dollars(cost.usd),
        f"more per billion predictions, by {source}",
        # On two lines: side by side they are wider than a tile.
        f"{bare_interval(cost.core_hours)}\ncore-hours",
    )
