"""A comparison told on a terminal."""

from __future__ import annotations

from pathlib import Path

from contract.run_directory import RunDirectory
from report.answer import answer_text, verdict_sentence
from report.comparison.baseline import BaselineChange
from report.comparison.comparison import BatchResult, Comparison
from report.comparison_sentences import takes_line
from report.rounding import count, percent, rounded
from report.shared_sentences import cost_line
from stats.verdict import VerdictKind


def comparison_text(comparison: Comparison) -> str:
    """Return the answer: the whole of it for one batch size, the gist for each of several."""
    parts = []
    for found in comparison.batches:
        directory = RunDirectory(Path(found.run))
        if len(comparison.batches) == 1:
            parts.append(answer_text(found.result, directory))
        else:
            parts.append(_gist(found, directory))
        if found.change is not None:
            parts.append(change_sentence(found.change, comparison.baseline or ""))
    if len(comparison.batches) > 1:
        parts.append(f"Verdict of all: {comparison.verdict}.")
    return "\n".join(parts)


def change_sentence(change: BaselineChange, baseline: str) -> str:
    """Say how the difference has changed since an earlier comparison."""
    return (
        f"Against {baseline}: b - a was {percent(change.then)} and is {percent(change.now)}, "
        f"a change of {percent(change.change)}: {change.verdict.kind}. a itself took "
        f"{rounded(change.reference_then)} µs then and {rounded(change.reference_now)} µs now."
    )


def _gist(found: BatchResult, directory: RunDirectory) -> str:
    result = found.result
    lines = [f"{count(found.batch, 'row')} a request: {result.verdict.kind}."]
    if result.verdict.kind is VerdictKind.INVALID:
        lines += [f"{gate.finding} ({gate.remedy})" for gate in result.gates if not gate.passed]
    else:
        lines += [verdict_sentence(result), takes_line(result), cost_line(result)]
    lines.append(f"Report: {directory.report_html}")
    return "\n  ".join(line for line in lines if line)
