"""C12: DropConnect beside dropout: what it generalises, how well it works, what it costs."""

from __future__ import annotations

from contract.lecture_evidence import LectureEvidence, SampledInference
from contract.ledger import ClaimFigure, SettledClaim, Settlement
from perbillion.claims.identity import identity_figure, identity_of, outcome, within_rounding
from perbillion.claims.seed_estimates import (
    above_zero,
    accuracy,
    below_zero,
    compared,
    points_above,
    told,
)
from perbillion.claims.theory import MEASURING
from report.result import Result
from report.rounding import bare_interval, count, dollars, percent, with_interval
from report.wording import INSTRUMENT_NAMES, STATISTIC_NAMES
from stats.estimate import Estimate, t_estimate


def settle_c12(evidence: LectureEvidence, result: Result | None) -> SettledClaim:
    """Judge the identity and "dropout works better"; tell what sampling buys and costs.

    Parameters
    ----------
    evidence : LectureEvidence
        Of training.
    result : Result or None
        Of a run, which may have served networks with DropConnect.
    """
    unit = identity_of(evidence, "unit-is-its-weights")
    dropout, dropconnect = evidence.group("inverted"), evidence.group("dropconnect")
    gain = points_above(dropout.test_accuracy, dropconnect.test_accuracy)
    if not within_rounding(unit):
        verdict = Settlement.FAILS
    elif above_zero(gain):
        verdict = Settlement.HOLDS
    else:
        verdict = Settlement.CONDITION
    return SettledClaim(
        id="C12",
        claim="DropConnect drops weights instead of activations and generalises dropout: dropping "
        'all weights that leave a unit is dropping the unit. "Dropout works better."',
        verdict=verdict,
        because=" ".join(
            (
                _identity_told(same=within_rounding(unit), layer=outcome(unit)),
                _better_told(gain),
                _sampling_told(evidence),
                _serving_told(result),
            )
        ),
        figures=(
            identity_figure(unit),
            *(
                ClaimFigure(
                    name=f"{what}: {group.told}",
                    value=value,
                )
                for group in (dropout, dropconnect)
                for what, value in (
                    ("test accuracy", with_interval(accuracy(group.test_accuracy))),
                    ("test loss", with_interval(t_estimate(group.test_loss, unit="nats"))),
                )
            ),
            ClaimFigure(name="test accuracy of dropout above DropConnect", value=told(gain)),
            *(_sampled_figure(sampled) for sampled in evidence.sampled),
            *_serving_figures(result),
        ),
        how="The identity on random layers and masks. Networks with either, p = 0.5, trained from "
        f"the same {count(len(dropout.seeds), 'seed')}, a mask of weights for every example. "
        "DropConnect predicts by its mean weights, or as its paper does by Gaussian samples of the "
        "net inputs.",
    )


def _identity_told(*, same: bool, layer: str) -> str:
    if same:
        return f"Dropping all weights that leave a unit is dropping the unit: {layer}."
    return f"Dropping all weights that leave a unit is not dropping the unit: {layer}."


def _better_told(gain: Estimate) -> str:
    if above_zero(gain):
        finding = "Dropout works better here"
    elif below_zero(gain):
        finding = "Dropout does not work better here, DropConnect does"
    else:
        finding = "That dropout works better cannot be told here"
    return f"{finding}: with dropout test accuracy is {compared(gain)} than with DropConnect."


def _sampling_told(evidence: LectureEvidence) -> str:
    most = max(evidence.sampled, key=lambda sampled: sampled.samples)
    bought = points_above(most.test_accuracy, evidence.group("dropconnect").test_accuracy)
    samples = f"{count(most.samples, 'sample')} a layer in place of the mean weights"
    return f"Where it predicts by {samples}, its test accuracy is {compared(bought)} than by these."


def _serving_told(result: Result | None) -> str:
    served = None if result is None else result.dropconnect
    if served is None:
        return f"What sampling costs to serve is not measured yet: `{MEASURING}` does."
    taken = served.difference("dropconnect_cpu") or served.difference("dropconnect_latency")
    if taken is None:
        return f"The run does not tell what sampling costs to serve: `{MEASURING}` does."
    place = "server CPU" if taken.instrument == "dropconnect_cpu" else "a client's time"
    samples = f"{count(served.samples, 'sample')} a layer"
    sentence = (
        f"Served, {samples} take {with_interval(taken.absolute)} more of {place} for a request "
        f"({percent(taken.relative)})"
    )
    if served.cost is None:
        return f"{sentence}."
    hours, usd = bare_interval(served.cost.core_hours), dollars(served.cost.usd)
    return f"{sentence}: {hours} core-hours ({usd}) per billion predictions."


def _serving_figures(result: Result | None) -> tuple[ClaimFigure, ...]:
    """Tell each statistic of the served campaign with DropConnect."""
    served = None if result is None else result.dropconnect
    if served is None:
        return ()
    return tuple(
        ClaimFigure(
            name=f"{served.samples} samples a layer beyond mean weights: "
            f"{INSTRUMENT_NAMES[found.instrument]}, {STATISTIC_NAMES[found.statistic]}",
            value=f"{with_interval(found.absolute)} ({percent(found.relative)})",
        )
        for found in served.differences
    )


def _sampled_figure(sampled: SampledInference) -> ClaimFigure:
    return ClaimFigure(
        name=f"DropConnect by {count(sampled.samples, 'sample')} a layer: test accuracy, test loss",
        value=f"{with_interval(accuracy(sampled.test_accuracy))}; "
        f"{with_interval(t_estimate(sampled.test_loss, unit='nats'))}",
    )
