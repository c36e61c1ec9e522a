"""Sentences of the answer that every run has, whatever its models are."""

from __future__ import annotations

from dataclasses import replace

from report.campaign_text import campaign_sentences
from report.result import CostPerBillion, Difference, InstrumentName, Result
from report.rounding import bare_interval, count, dollars, percent, rounded, with_interval
from report.wording import COST_SOURCES
from stats.estimate import MINIMUM_UNITS, Estimate


def noise_floor_line(result: Result) -> str:
    """Say by how much the same model differs from itself."""
    control = result.experiment.control
    told = []
    if (in_process := result.instrument("in_process")) is not None:
        told.append(f"{with_interval(in_process.difference(control).absolute)} in process")
    if (cpu := result.instrument("cpu_per_request")) is not None:
        told.append(f"{percent(cpu.difference(control).relative)} in CPU per request")
    if not told and (client := result.instrument("client_latency")) is not None:
        told.append(f"{with_interval(client.difference(control).absolute)} of client latency")
    if not told:
        return ""
    return f"Noise floor: the same model against itself differs by {' and '.join(told)}."


def client_line(result: Result) -> str:
    """Say how much longer a client waits."""
    measured = result.instrument("client_latency")
    if measured is None:
        return ""
    difference = measured.difference(result.experiment.contrast)
    lost = "" if told_from_zero(difference.absolute) else ", which cannot be told from noise"
    return (
        f"A client waits {_longer(difference)} (median of paired differences): "
        f"{percent(difference.relative)} of the median latency of {level_of(difference)}{lost}."
    )


def _longer(difference: Difference) -> str:
    """Write a waiting time that has grown or shrunk without a minus sign."""
    waited = difference.absolute
    if waited.high is None or waited.low is None or waited.high > 0:
        return f"{with_interval(waited)} longer"
    shorter = replace(waited, point=-waited.point, low=-waited.high, high=-waited.low)
    return f"{with_interval(shorter)} less"


def cost_line(result: Result) -> str:
    """Say what the contrast costs per billion predictions."""
    arm = result.experiment.contrast
    names: tuple[InstrumentName, ...] = ("cpu_per_request", "in_process")
    costs = [cost for name in names if (cost := result.cost(arm, name)) is not None]
    told = ", and ".join(f"{_cost(cost)} {COST_SOURCES[cost.instrument]}" for cost in costs)
    price = f"${result.experiment.usd_per_vcpu_hour:g} per vCPU-hour"
    return f"Per billion predictions, at {price}, that is {told}." if costs else ""


def interval_line(result: Result) -> str:
    """Say what the intervals rest on."""
    counted = []
    if (in_process := result.instrument("in_process")) is not None:
        counted.append((in_process.units, f"{in_process.starts} fresh processes"))
    names: tuple[InstrumentName, ...] = ("client_latency", "doses_cpu", "dropconnect_latency")
    served = next((found for name in names if (found := result.instrument(name))), None)
    if served is not None:
        counted.append((served.units, _starts(result, served.starts)))
    told = " and ".join(f"{count(units, 'unit')} ({starts})" for units, starts in counted)
    level = f"{100 * result.experiment.level:g} %"
    if all(units >= MINIMUM_UNITS for units, _ in counted):
        return f"Intervals are {level} over {told}."
    return (
        f"Intervals are {level}; below {MINIMUM_UNITS} units none is printed (≈). Finished: {told}."
    )


def _starts(result: Result, starts: int) -> str:
    facts = result.experiment.comparison
    if facts is None or not facts.served_elsewhere:
        return f"{starts} server starts"
    # Where its memory lies is part of what a server costs, and is drawn anew by a start only.
    return (
        f"{starts} starts of the load generator against servers that went on: what differs "
        "between their starts is in no interval"
    )


def campaign_line(result: Result) -> str:
    """Say how the served campaign ended."""
    served = next((facts for facts in result.campaigns if facts.instrument == "served"), None)
    return "" if served is None else campaign_sentences(served)


def told_from_zero(estimate: Estimate) -> bool:
    """Say whether a difference is more than noise; one without an interval passes."""
    return estimate.half_width is None or estimate.excludes_zero


def level_of(difference: Difference) -> str:
    """Write what a difference is a share of."""
    return f"{rounded(difference.reference_level)} µs"


def _cost(cost: CostPerBillion) -> str:
    return f"{bare_interval(cost.core_hours)} core-hours ({dollars(cost.usd)})"
