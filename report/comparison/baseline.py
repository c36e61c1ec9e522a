"""A comparison held against an earlier one of the same machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from contract.environment import Environment
from contract.errors import ExperimentError
from report.result import Result
from report.result_part import ResultPart
from stats.change import change_between
from stats.estimate import Estimate
from stats.verdict import Verdict, VerdictKind, decide

if TYPE_CHECKING:
    from report.comparison.comparison import Comparison


class BaselineChange(ResultPart):
    """How the difference between b and a has changed.

    Attributes
    ----------
    endpoint : str
        The instrument it is about.
    then, now, change : Estimate
        The relative difference b - a in the earlier comparison and in this one, and the latter
        minus the former.
    verdict : Verdict
        On the change, by this comparison's margin.
    reference_then, reference_now : Estimate
        What a itself took, in microseconds.
    """

    endpoint: str
    then: Estimate
    now: Estimate
    change: Estimate
    verdict: Verdict
    reference_then: Estimate
    reference_now: Estimate


def change_since(baseline: Comparison, where: str, batch: int, now: Result) -> BaselineChange:
    """Hold a result against an earlier comparison.

    Parameters
    ----------
    baseline : Comparison
        The earlier one.
    where : str
        Its file, to name it.
    batch : int
        Rows of a request.
    now : Result
        What is found now.

    Raises
    ------
    ExperimentError
        If the earlier one is of another machine, was measured otherwise, or does not count.
    """
    require_comparable(baseline, where, batch, now)
    then = baseline.at(batch).result
    earlier, later = (_contrast(result) for result in (then, now))
    change = change_between(earlier[0], later[0])
    return BaselineChange(
        endpoint=now.experiment.endpoint,
        then=earlier[0],
        now=later[0],
        change=change,
        verdict=decide(change, now.experiment.margin),
        reference_then=earlier[1],
        reference_now=later[1],
    )


def require_comparable(baseline: Comparison, where: str, batch: int, now: Result) -> None:
    """Refuse a baseline that says nothing about this result.

    Raises
    ------
    ExperimentError
        As `change_since` does.
    """
    try:
        then = baseline.at(batch).result
    except KeyError:
        measured = ", ".join(str(found.batch) for found in baseline.batches)
        raise ExperimentError(
            f"the baseline has no batch of {batch}, only of {measured}",
            where=where,
            remedy="compare at the same batch sizes, or make a new baseline",
        ) from None
    require_same_machine(then.environment, now.environment, where)
    asked = [
        (facts.endpoint, facts.threads, facts.level) for facts in (then.experiment, now.experiment)
    ]
    if asked[0] != asked[1]:
        raise ExperimentError(
            f"the baseline was measured otherwise: {_asked(asked[0])} then, {_asked(asked[1])} now",
            where=where,
            remedy="compare with the same options, or make a new baseline",
        )
    if then.verdict.kind is VerdictKind.INVALID or then.instrument(asked[0][0]) is None:
        raise ExperimentError(
            "the baseline does not count: its own verdict is INVALID or nothing was measured",
            where=where,
            remedy="make a new baseline on a quiet machine",
        )


def require_same_machine(then: Environment, now: Environment, where: str) -> None:
    """Refuse a baseline of another machine: its microseconds and ratios are not this one's.

    Raises
    ------
    ExperimentError
        Naming the first fact that differs.
    """
    facts = ("cpu", "cores", "quota_cores", "memory_bytes")
    for fact in facts:
        earlier, later = getattr(then, fact), getattr(now, fact)
        if earlier != later:
            raise ExperimentError(
                f"the baseline is of another machine: its {fact} was {earlier}, here it is {later}",
                where=where,
                remedy="make a baseline on this machine",
            )


def _contrast(result: Result) -> tuple[Estimate, Estimate]:
    measured = result.instrument(result.experiment.endpoint)
    if measured is None:
        raise ValueError("a comparison without its endpoint has no contrast")
    difference = measured.difference(result.experiment.contrast)
    return difference.relative, difference.reference_level


def _asked(facts: tuple[str, int, float]) -> str:
    endpoint, threads, level = facts
    return f"{endpoint}, {threads} threads, {100 * level:g} %"
