"""A comparison as JUnit's XML, which continuous integration shows beside the tests.

Every batch size is a test case: "b costs no more than a, up to the margin".
"""

from __future__ import annotations

from xml.etree import ElementTree as ET

from report.answer import answer_lines, verdict_lines
from report.comparison.comparison import BatchResult, Comparison
from stats.verdict import VerdictKind

_SUITE = "perbillion compare"
_OPEN = (VerdictKind.INCONCLUSIVE, VerdictKind.SLOWER_SIZE_OPEN)


def junit_xml(comparison: Comparison, *, inconclusive_passes: bool = False) -> bytes:
    """Return the test report.

    Parameters
    ----------
    comparison : Comparison
        What was found. SLOWER is a failure, and so is what stays open, unless it passes; a run
        that does not count is an error.
    inconclusive_passes : bool
        Whether what stays open is skipped in place of failed.
    """
    suite = ET.Element("testsuite", name=_SUITE, tests=str(len(comparison.batches)))
    totals = {"failure": 0, "error": 0, "skipped": 0}
    for found in comparison.batches:
        case = ET.SubElement(
            suite,
            "testcase",
            classname=_SUITE,
            name=_name(found),
            time=f"{_seconds(found):.1f}",
        )
        outcome = _outcome(found.verdict, inconclusive_passes=inconclusive_passes)
        if outcome is not None:
            totals[outcome] += 1
            mark = ET.SubElement(case, outcome, message=str(found.verdict))
            mark.text = "\n".join(verdict_lines(found.result))
        ET.SubElement(case, "system-out").text = "\n".join(answer_lines(found.result))
    suite.set("failures", str(totals["failure"]))
    suite.set("errors", str(totals["error"]))
    suite.set("skipped", str(totals["skipped"]))
    ET.indent(suite)
    content: bytes = ET.tostring(suite, "utf-8")
    return b'<?xml version="1.0" encoding="utf-8"?>\n' + content + b"\n"


def _name(found: BatchResult) -> str:
    margin = f"{100 * found.result.experiment.margin:g} %"
    rows = "1 row" if found.batch == 1 else f"{found.batch} rows"
    return f"b costs at most {margin} more than a at {rows} a request"


def _seconds(found: BatchResult) -> float:
    return sum(facts.units * facts.seconds_per_unit for facts in found.result.campaigns)


def _outcome(kind: VerdictKind, *, inconclusive_passes: bool) -> str | None:
    if kind is VerdictKind.INVALID:
        return "error"
    if kind is VerdictKind.SLOWER:
        return "failure"
    if kind in _OPEN:
        return "skipped" if inconclusive_passes else "failure"
    return None
