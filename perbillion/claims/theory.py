"""C4, the theory: what the scalings cost to serve, and what saves it."""

from __future__ import annotations

from enum import StrEnum

from contract.ledger import ClaimFigure, SettledClaim, Settlement
from perbillion.claims.seed_estimates import above_zero, below_zero
from report.lecture_sentences import folding_line, in_process_line, lesson_line
from report.result import InstrumentName, InstrumentResult, Result
from report.rounding import percent, with_interval
from report.shared_sentences import cost_line
from report.tables.ladder import ladder_table
from stats.estimate import Estimate
from stats.verdict import VerdictKind

MEASURING = "perbillion run --profile standard"
# What a server is billed for comes first; in process the same cost has less noise around it.
_INSTRUMENTS: tuple[InstrumentName, ...] = ("cpu_per_request", "in_process")
_FOLDED = "folded"
_CLAIM = (
    "Scaling every prediction is one multiplication; at a billion queries that is expensive, and "
    "inverted dropout saves it."
)


class _Finding(StrEnum):
    """What a run says of the theory, with the sentence that follows from it."""

    OPEN = (
        "This run does not tell whether the scalings cost anything: its interval holds zero and is "
        f"too wide. `{MEASURING}` measures longer."
    )
    NOTHING = "The scalings cost nothing that matters: the whole interval lies within the margin."
    CHEAPER = "With the scalings a prediction costs less, not more: there is nothing to save."
    KEPT = (
        "The cost is real, and multiplying the factors into the weights at export does not take it "
        "away: not scaling is what saves it."
    )
    UNFOLDED = (
        "The cost is real. Whether multiplying the factors into the weights at export saves it as "
        "well was not measured in this run."
    )
    FOLDED = (
        "The cost is real, so the direction is right. The condition: it is there only where the "
        "runtime leaves the scaling as a node of its own and nobody folds it into the weights, and "
        "it is seen only where the layers are small; folding, once and at export, saves as much as "
        "inverted dropout does."
    )


_VERDICTS = {
    _Finding.OPEN: Settlement.OPEN,
    _Finding.NOTHING: Settlement.FAILS,
    _Finding.CHEAPER: Settlement.FAILS,
    _Finding.KEPT: Settlement.HOLDS,
    _Finding.UNFOLDED: Settlement.HOLDS,
    _Finding.FOLDED: Settlement.CONDITION,
}


def settle_c4(result: Result | None) -> SettledClaim:
    """Judge the theory by a run of the serving experiment.

    Parameters
    ----------
    result : Result or None
        Of a run of the lecture's experiment that counts; None: there is none.
    """
    if result is None:
        return SettledClaim(
            id="C4",
            claim=_CLAIM,
            verdict=Settlement.OPEN,
            because=f"No run of the serving experiment was found: `{MEASURING}` measures it.",
            figures=(),
            how="By serving: from instructions to dollars per billion predictions.",
        )
    finding = _finding(result)
    detected = _VERDICTS[finding] in (Settlement.HOLDS, Settlement.CONDITION)
    lines = (
        in_process_line(result),
        cost_line(result),
        _share_line(result),
        folding_line(result),
        lesson_line(result) if detected else "",
    )
    return SettledClaim(
        id="C4",
        claim=_CLAIM,
        verdict=_VERDICTS[finding],
        because=" ".join(line for line in (finding.value, *lines) if line),
        figures=(*_ladder_figures(result), *_folded_figures(result)),
        how=_how(result),
    )


def _finding(result: Result) -> _Finding:
    contrast = result.experiment.contrast
    measured = [found for name in _INSTRUMENTS if (found := result.instrument(name)) is not None]
    costs = [(found, found.difference(contrast, "mean").absolute) for found in measured]
    detected = next(((found, cost) for found, cost in costs if above_zero(cost)), None)
    if detected is not None:
        return _by_folding(*detected)
    if any(below_zero(cost) for _, cost in costs):
        return _Finding.CHEAPER
    negligible = result.verdict.kind is VerdictKind.EQUIVALENT
    return _Finding.NOTHING if negligible else _Finding.OPEN


def _share_line(result: Result) -> str:
    """Say what share of a prediction's cost the scalings are."""
    measured = result.instrument("cpu_per_request")
    if measured is None:
        return ""
    relative = measured.difference(result.experiment.contrast, "mean").relative
    return f"It is {percent(relative)} of the CPU time that the server takes for a prediction."


def _by_folding(measured: InstrumentResult, cost: Estimate) -> _Finding:
    """Say of a cost that was detected whether folding takes it away."""
    if _FOLDED not in measured.arms:
        return _Finding.UNFOLDED
    left = measured.difference(_FOLDED, "mean").absolute
    saved = left.high is not None and cost.low is not None and left.high < cost.low
    return _Finding.FOLDED if saved else _Finding.KEPT


def _ladder_figures(result: Result) -> tuple[ClaimFigure, ...]:
    """Tell every level that was measured, as the run's own report writes it."""
    return tuple(
        ClaimFigure(name=f"{level} ({instrument})", value=f"{difference}; inverted: {reference}")
        for row, (level, instrument, difference, reference) in zip(
            result.ladder, ladder_table(result).rows or (), strict=True
        )
        if not row.missing
    )


def _folded_figures(result: Result) -> tuple[ClaimFigure, ...]:
    """Tell what is left of the cost where the factors are folded into the weights."""
    found = [result.instrument(name) for name in (*_INSTRUMENTS, "client_latency")]
    differences = [
        (measured.instrument, measured.difference(_FOLDED))
        for measured in found
        if measured is not None and _FOLDED in measured.arms
    ]
    places = {
        "in_process": "in process",
        "cpu_per_request": "CPU per request",
        "client_latency": "client latency, median of paired differences",
    }
    return tuple(
        ClaimFigure(
            name=f"folded beyond inverted, {places[instrument]}",
            value=f"{with_interval(difference.absolute)} ({percent(difference.relative)})",
        )
        for instrument, difference in differences
    )


def _how(result: Result) -> str:
    lecture = result.experiment.lecture
    network = "" if lecture is None else f"{'-'.join(map(str, lecture.hidden))} hidden units, "
    data = "" if lecture is None else f", trained on {lecture.data}"
    level = f"{100 * result.experiment.level:g} %"
    arms = ", ".join(result.experiment.arms)
    return (
        f"The run {result.run} (profile {result.experiment.profile}; {network}p = "
        f"{_probabilities(result)}{data}), measured in turns in process and over HTTP: {arms}. "
        f"Intervals are {level}. Which runtimes leave the scaling in the graph, and for which "
        "sizes it is seen, `perbillion runtimes` and `perbillion break-even` measure."
    )


def _probabilities(result: Result) -> str:
    lecture = result.experiment.lecture
    return "" if lecture is None else ", ".join(f"{p:g}" for p in lecture.drop_probability)
