"""Sentences of the answer to what one model costs beside another."""

from __future__ import annotations

from collections import Counter

from report.result import Result
from report.rounding import percent, share, with_interval
from report.shared_sentences import level_of, told_from_zero
from report.wording import MINUS

_MOST_OPERATORS = 6


def models_line(result: Result) -> str:
    """Say which models these are."""
    facts = result.experiment.comparison
    return "" if facts is None else f"a is {facts.a}, b is {facts.b}."


def takes_line(result: Result) -> str:
    """Say what b takes more than a, measured in process."""
    measured = result.instrument("in_process")
    if measured is None:
        return ""
    difference = measured.difference(result.experiment.contrast)
    size = (
        f"{with_interval(difference.absolute)} a request, measured in process: "
        f"{percent(difference.relative)} of the {level_of(difference)} that a takes."
    )
    if not told_from_zero(difference.absolute):
        return f"What b takes more than a cannot be told from noise: {size}"
    return f"b {MINUS} a is {size}"


def function_line(result: Result) -> str:
    """Say how far the outputs of the two lie apart."""
    found = result.model(result.experiment.contrast).from_reference
    if found is None:
        return ""
    if found.same_function and found.largest_absolute_difference == 0:
        return f"They compute one function: on {found.rows:,} rows outputs are the same to the bit."
    same = (
        "They compute one function" if found.same_function else "They compute different functions"
    )
    return (
        f"{same}: on {found.rows:,} rows outputs lie at most "
        f"{found.largest_absolute_difference:.2g} apart "
        f"({found.largest_relative_difference:.2g} of the largest; {found.tolerance:.2g} may be "
        "rounding), and the same class is predicted for "
        f"{share(found.class_agreement)} of them."
    )


def graph_line(result: Result) -> str:
    """Say which graph nodes the one runs and the other does not."""
    a, b = (result.model(arm).graph for arm in result.experiment.arms[:2])
    if a is None or b is None:
        return ""
    ours, theirs = Counter(b.operators_optimised), Counter(a.operators_optimised)
    more, less = ours - theirs, theirs - ours
    if not more and not less:
        return "After ONNX Runtime's optimisation both run the same operators."
    told = [
        f"{number} {operator} {word}"
        for found, word in ((more, "more"), (less, "fewer"))
        for operator, number in sorted(found.items())
    ]
    rest = len(told) - _MOST_OPERATORS
    shown = ", ".join(told[:_MOST_OPERATORS]) + (
        f" and {rest} other differences" if rest > 0 else ""
    )
    return (
        f"After ONNX Runtime's optimisation b runs {sum(ours.values())} nodes, a "
        f"{sum(theirs.values())}: {shown}."
    )
