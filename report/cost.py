"""What a difference costs per billion predictions."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from report.instrument_result import InstrumentName, InstrumentResult
from report.result_part import ResultPart
from stats.estimate import Estimate

PREDICTIONS = 1e9
# A microsecond of a core's time in each of a billion predictions.
CORE_SECONDS_PER_US = PREDICTIONS * 1e-6
SECONDS_PER_HOUR = 3600

# CPU per request is what a server is billed for. In process the caches are warm, so that
# figure is the smaller one: what the graph alone costs.
INSTRUMENTS: tuple[InstrumentName, ...] = ("cpu_per_request", "in_process")


class CostPerBillion(ResultPart):
    """What an arm costs beyond the reference, per billion predictions.

    Attributes
    ----------
    instrument : str
        Where the figure comes from: ``cpu_per_request``, ``in_process``, or of the arms with
        DropConnect ``dropconnect_cpu``.
    reference_core_seconds : float
        What the reference costs in all, by the same instrument.
    """

    arm: str
    instrument: InstrumentName
    core_seconds: Estimate
    core_hours: Estimate
    usd: Estimate
    reference_core_seconds: float


def costs_of(
    instruments: Sequence[InstrumentResult],
    arms: Sequence[str],
    usd_per_vcpu_hour: float,
    rows_per_request: float = 1.0,
) -> tuple[CostPerBillion, ...]:
    """Turn mean differences into core-seconds, core-hours and dollars.

    Only means add up, so a cost comes from a mean, never from a median.

    Parameters
    ----------
    instruments : sequence of InstrumentResult
        What was measured.
    arms : sequence of str
        The arms whose cost is of interest.
    usd_per_vcpu_hour : float
        The price of a core.
    rows_per_request : float
        Predictions that one measured request makes.
    """
    by_name = {result.instrument: result for result in instruments}
    return tuple(
        cost_of(by_name[name], arm, usd_per_vcpu_hour, rows_per_request)
        for arm in arms
        for name in INSTRUMENTS
        if name in by_name and arm in by_name[name].arms
    )


def cost_of(
    result: InstrumentResult, arm: str, usd_per_vcpu_hour: float, rows_per_request: float = 1.0
) -> CostPerBillion:
    """Turn an arm's mean difference by one instrument into a cost; parameters as `costs_of`'s."""
    difference = result.difference(arm, "mean")
    core_seconds_per_us = CORE_SECONDS_PER_US / rows_per_request
    core_seconds = difference.absolute.scaled(core_seconds_per_us, "core-seconds")
    core_hours = core_seconds.scaled(1 / SECONDS_PER_HOUR, "core-hours")
    return CostPerBillion(
        arm=arm,
        instrument=result.instrument,
        core_seconds=core_seconds,
        core_hours=core_hours,
        usd=_priced(core_hours, usd_per_vcpu_hour),
        reference_core_seconds=difference.reference_level.point * core_seconds_per_us,
    )


def _priced(core_hours: Estimate, usd_per_vcpu_hour: float) -> Estimate:
    if usd_per_vcpu_hour > 0:
        return core_hours.scaled(usd_per_vcpu_hour, "USD")
    # A core that costs nothing: every end of the interval is nothing.
    bounded = core_hours.half_width is not None
    end = 0.0 if bounded else None
    return replace(core_hours, point=0.0, low=end, high=end, unit="USD", standard_error=end)
