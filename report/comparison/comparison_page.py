"""What the page of a comparison at several batch sizes says."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePath

from contract.run_directory import RunDirectory
from report.answer import answer_lines, verdict_lines, verdict_sentence
from report.comparison.comparison import BatchResult, Comparison
from report.comparison.comparison_markdown import summary_rows
from report.comparison.comparison_text import change_sentence
from report.page import Tone, tone_of
from report.rounding import count
from report.tables.table import Table
from stats.verdict import VerdictKind


@dataclass(frozen=True, slots=True)
class BatchSection:
    """One batch size: its heading, what was found, where its own report lies."""

    title: str
    lines: tuple[str, ...]
    report: str


@dataclass(frozen=True, slots=True)
class ComparisonPage:
    """The page's content.

    Attributes
    ----------
    title, subtitle : str
        What it is about.
    verdict : str
        The verdict that weighs most.
    tone : str
        How it is coloured.
    verdict_text : tuple of str
        What it rests on.
    batches : Table
        A row a batch size.
    sections : tuple of BatchSection
        Each of them in sentences.
    """

    title: str
    subtitle: str
    verdict: str
    tone: Tone
    verdict_text: tuple[str, ...]
    batches: Table
    sections: tuple[BatchSection, ...]


def comparison_page(comparison: Comparison) -> ComparisonPage:
    """Put the page's content together."""
    a, b = (PurePath(model).name for model in (comparison.a, comparison.b))
    head, *rows = summary_rows(comparison)
    weighing = next(found for found in comparison.batches if found.verdict is comparison.verdict)
    return ComparisonPage(
        title=f"What {b} costs beside {a}",
        subtitle=f"a is {comparison.a}, b is {comparison.b}.",
        verdict=comparison.verdict.value,
        tone=tone_of(comparison.verdict),
        verdict_text=(f"At {count(weighing.batch, 'row')} a request: {_why(weighing)}",),
        batches=Table("By batch size", "Differences b \N{MINUS SIGN} a.", head, tuple(rows)),
        sections=tuple(_section(found, comparison) for found in comparison.batches),
    )


def _why(found: BatchResult) -> str:
    if found.result.verdict.kind is VerdictKind.INVALID:
        return " ".join(verdict_lines(found.result))
    return verdict_sentence(found.result)


def _section(found: BatchResult, comparison: Comparison) -> BatchSection:
    change = (
        () if found.change is None else (change_sentence(found.change, comparison.baseline or ""),)
    )
    return BatchSection(
        title=f"{count(found.batch, 'row')} a request",
        lines=(*verdict_lines(found.result), *answer_lines(found.result), *change),
        report=RunDirectory(Path(found.run)).report_html.as_uri(),
    )
