"""Whether a run counts: every gate, computed here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from contract.agreement import Agreement
from contract.block_log import BlockLog, CpuBlock
from contract.capacity_log import CapacityLog, SaturatedBlock
from contract.measurement_plan import ENDPOINT_NAMES, Endpoint
from contract.run_record import StartRecord
from report.dose_response import DoseResponseFacts
from report.gate import Gate
from report.instrument_result import Difference, InstrumentResult
from report.round_table import ClockReadings
from report.rounding import count, percent, share, with_interval
from stats.estimate import MINIMUM_UNITS, Estimate, t_estimate

MAXIMUM_STEAL = 0.02
MAXIMUM_FOREIGN_CPU = 0.02
MAXIMUM_LATE = 0.01
MAXIMUM_FAILURES = 0.001
MAXIMUM_UNCHARGED = 0.001
# A control is only called disturbed at this level and beyond a quarter of the margin: at
# 95 % every twentieth sound run would fail.
CONTROL_LEVEL = 0.999
CONTROL_SHARE_OF_MARGIN = 0.25
_NO_SERVER_STARTS = "it takes finished server starts: perbillion load RUN_DIR measures them"


def equality_gate(equality: Mapping[str, Agreement], arms: Sequence[str]) -> Gate:
    """Check that every arm computes the reference's function.

    Parameters
    ----------
    equality : mapping of str to Agreement
        What comparing the arms before the load has found.
    arms : sequence of str
        The arms that must compute the reference's function; what others were found to compute is
        told elsewhere, and no gate.
    """
    unknown = [arm for arm in arms if arm not in equality]
    remedy = "cost may only be compared between models of one function"
    equality = {arm: found for arm, found in equality.items() if arm in arms}
    if unknown or not equality:
        return Gate(
            name="equality",
            passed=False,
            figure=None,
            threshold=0.0,
            unit="output",
            finding=f"nobody compared {', '.join(unknown) or 'the arms'} with the reference",
            remedy=remedy,
        )
    arm, worst = max(equality.items(), key=lambda item: item[1].largest_absolute_difference)
    share_agreeing = min(found.class_agreement for found in equality.values())
    largest = worst.largest_absolute_difference
    classes = (
        "every arm predicts the same classes"
        if share_agreeing == 1
        else f"the same class is predicted for {share(share_agreeing)} of them or more"
    )
    return Gate(
        name="equality",
        passed=all(found.same_function for found in equality.values()),
        figure=largest,
        threshold=worst.tolerance,
        unit="output",
        finding=f"on {count(worst.rows, 'row')} the outputs of {arm} lie at most {largest:.2g} "
        f"from the reference's, no other arm's further, and {classes}",
        remedy=remedy,
    )


def control_gate(control: Difference | None, margin: float, endpoint: Endpoint) -> Gate:
    """Check that the A/A control shows no difference on the primary endpoint.

    The interval is the plain one, whatever the campaign's rule: what stops a campaign is the
    contrast, never the control.
    """
    threshold = margin * CONTROL_SHARE_OF_MARGIN
    remedy = "something differs between the arms besides the model, or the machine was disturbed"
    if control is None:
        return Gate(
            name="control",
            passed=False,
            figure=None,
            threshold=threshold,
            unit="ratio",
            finding=f"the A/A control was not measured on {ENDPOINT_NAMES[endpoint]}",
            remedy=_NO_SERVER_STARTS,
        )
    wide = t_estimate(control.relative_by_unit, level=CONTROL_LEVEL, unit="ratio")
    disturbed = wide.excludes_zero and abs(wide.point) > threshold
    at_level = "" if wide.half_width is None else f" (interval at {100 * CONTROL_LEVEL:g} %)"
    return Gate(
        name="control",
        passed=not disturbed,
        figure=abs(wide.point),
        threshold=threshold,
        unit="ratio",
        finding="the same model against itself differs by "
        f"{percent(wide)} of {ENDPOINT_NAMES[endpoint]}{at_level}",
        remedy=f"{remedy}: run it again on a quieter machine",
    )


def doses_gate(responses: Sequence[DoseResponseFacts]) -> Gate | None:
    """Check that more scalings never cost significantly less; None where no series was measured.

    The figure is the lowest cost of a further scaling. The limit of the test is not its size but
    what chance explains (``stats.dose_response.falls_significantly``).
    """
    if not responses:
        return None
    falling = [response for response in responses if response.falls]
    lowest, place = min(
        (step for response in falling or responses for step in _named_steps(response)),
        key=lambda step: step[0].point if step[0].high is None else step[0].high,
    )
    beyond_chance = ", below zero by more than chance explains" if falling else ""
    return Gate(
        name="doses",
        passed=not falling,
        figure=lowest.point,
        threshold=0.0,
        unit="µs",
        finding=f"the least that a further scaling costs is {with_interval(lowest)} "
        f"({place}){beyond_chance}",
        remedy="more of the same work cannot cost less: something differs between the arms "
        "besides the scalings; run it again on a quieter machine",
    )


def clock_gate(clocks: Sequence[ClockReadings]) -> Gate:
    """Check that the server's own clock ran."""
    requests = sum(clock.requests for clock in clocks)
    uncharged = sum(clock.uncharged for clock in clocks)
    portion = uncharged / requests if requests else 0.0
    return Gate(
        name="clock",
        passed=portion <= MAXIMUM_UNCHARGED,
        figure=portion if requests else None,
        threshold=MAXIMUM_UNCHARGED,
        unit="ratio",
        finding=f"the server's clock charged no CPU for {uncharged:,} of "
        f"{count(requests, 'request')}",
        remedy="serve with perbillion serve on Linux, where a thread's CPU clock counts "
        "nanoseconds",
    )


def steal_gate(starts: Sequence[StartRecord]) -> Gate:
    """Check that the hypervisor left the machine to us."""
    mean = _time_weighted([start.steal_share for start in starts], starts)
    worst = max(start.steal_share for start in starts)
    return Gate(
        name="steal",
        passed=mean <= MAXIMUM_STEAL,
        figure=mean,
        threshold=MAXIMUM_STEAL,
        unit="ratio",
        finding=f"the hypervisor took {share(mean)} of the cores' time ({share(worst)} in the "
        "worst start)",
        remedy="run it when the host is quieter, or on a machine of your own",
    )


def foreign_cpu_gate(starts: Sequence[StartRecord]) -> Gate:
    """Check that nothing else ran on the machine."""
    mean = _time_weighted([start.foreign_share for start in starts], starts)
    worst = max(start.foreign_share for start in starts)
    return Gate(
        name="foreign_cpu",
        passed=mean <= MAXIMUM_FOREIGN_CPU,
        figure=mean,
        threshold=MAXIMUM_FOREIGN_CPU,
        unit="ratio",
        finding=f"other processes used {share(mean)} of the cores' time ({share(worst)} in the "
        "worst start)",
        remedy="close what else is running and run it again",
    )


def late_gate(logs: Sequence[CapacityLog]) -> Gate | None:
    """Check that open-loop requests left on time; None where none was sent."""
    probes = [probe for log in logs for probe in log.probes]
    sent, late = sum(probe.sent for probe in probes), sum(probe.late for probe in probes)
    if not sent:
        return None
    return Gate(
        name="late",
        passed=late / sent <= MAXIMUM_LATE,
        figure=late / sent,
        threshold=MAXIMUM_LATE,
        unit="ratio",
        finding=f"{late:,} of {count(sent, 'request')} that were due at given times left late",
        remedy="the load generator cannot keep up: give it a core of its own, or leave capacity "
        "out with --set capacity.pairs=0",
    )


def failures_gate(
    starts: Sequence[StartRecord], blocks: Sequence[BlockLog], logs: Sequence[CapacityLog]
) -> Gate:
    """Check that requests were answered, wherever a figure comes from.

    The kind that failed most counts, so that a great many requests of one kind do not hide the
    failures of another. Requests of Poisson probes are left out: a probe beyond the server's
    capacity is meant to be refused, and loses its objective by it.
    """
    served = [start for start in starts if start.instrument == "served"]
    doses = [start for start in starts if start.instrument == "doses"]
    dropconnect = [start for start in starts if start.instrument == "dropconnect"]
    single = [block for log in blocks for block in log.blocks]
    saturated = [block for log in logs for block in log.blocks]
    worst = max(
        (
            _of_rounds("in rounds", served),
            _of_rounds("in rounds of the dose-response", doses),
            _of_rounds("in rounds of the arms with DropConnect", dropconnect),
            _of_blocks("in blocks of one arm", single),
            _of_blocks("in saturated blocks", saturated),
        ),
        key=lambda kind: kind.share_failed,
    )
    return Gate(
        name="failures",
        passed=worst.share_failed <= MAXIMUM_FAILURES,
        figure=worst.share_failed,
        threshold=MAXIMUM_FAILURES,
        unit="ratio",
        finding=f"{worst.failed:,} of {count(worst.sent, 'request')} {worst.place} failed",
        remedy="the logs of the run say why the server did not answer",
    )


def units_gate(primary: InstrumentResult | None, endpoint: Endpoint) -> Gate:
    """Check that there are enough units behind the primary endpoint for an interval."""
    units = primary.units if primary is not None else 0
    return Gate(
        name="units",
        passed=units >= MINIMUM_UNITS,
        figure=float(units),
        threshold=float(MINIMUM_UNITS),
        unit="units",
        finding=f"{count(units, 'unit')} (pairs of server starts) behind "
        f"{ENDPOINT_NAMES[endpoint]}",
        remedy=f"below {MINIMUM_UNITS} units there is no interval: go on with a run that was cut "
        f"short, or set served.pairs to {MINIMUM_UNITS} or more",
    )


@dataclass(frozen=True, slots=True)
class _Requests:
    """Requests of one kind."""

    place: str
    sent: int
    failed: int

    @property
    def share_failed(self) -> float:
        return self.failed / self.sent if self.sent else 0.0


def _of_rounds(place: str, starts: Sequence[StartRecord]) -> _Requests:
    sent = sum(start.rounds * len(start.arms) for start in starts)
    return _Requests(place, sent, sum(start.failures for start in starts))


def _of_blocks(place: str, blocks: Sequence[CpuBlock | SaturatedBlock]) -> _Requests:
    sent = sum(block.requests for block in blocks)
    return _Requests(place, sent, sum(block.failures for block in blocks))


def _named_steps(response: DoseResponseFacts) -> list[tuple[Estimate, str]]:
    where = "in process" if response.instrument == "in_process" else "CPU per request"
    neighbours = pairwise(response.arms)
    return [
        (step, f"{where}, from {fewer} to {more}")
        for step, (fewer, more) in zip(response.steps, neighbours, strict=True)
    ]


def _time_weighted(shares: Sequence[float], starts: Sequence[StartRecord]) -> float:
    seconds = sum(start.seconds for start in starts)
    if not seconds > 0:
        return max(shares)
    weighted = zip(shares, starts, strict=True)
    return sum(portion * start.seconds for portion, start in weighted) / seconds
