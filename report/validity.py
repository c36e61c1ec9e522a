"""Whether a run counts: every gate, computed here and nowhere else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from contract.agreement import Agreement
from contract.run_record import StartRecord
from report.result import Difference, Gate, InstrumentResult
from report.rounding import count, percent, share
from stats.estimate import MINIMUM_UNITS, t_estimate

MAXIMUM_STEAL = 0.02
MAXIMUM_FOREIGN_CPU = 0.02
MAXIMUM_FAILURES = 0.001
# A control is only called disturbed at this level and beyond a quarter of the margin: at
# 95 % every twentieth sound run would fail.
CONTROL_LEVEL = 0.999
CONTROL_SHARE_OF_MARGIN = 0.25


def equality_gate(equality: Mapping[str, Agreement]) -> Gate:
    """Check that every arm computes the reference's function."""
    arm, worst = max(equality.items(), key=lambda item: item[1].largest_absolute_difference)
    agree = all(found.classes_agree for found in equality.values())
    within = all(found.within_tolerance for found in equality.values())
    largest = worst.largest_absolute_difference
    classes = "every arm predicts the same classes" if agree else "predicted classes differ"
    return Gate(
        name="equality",
        passed=agree and within,
        figure=largest,
        threshold=worst.tolerance,
        unit="logit",
        finding=f"on {worst.rows:,} test images the logits of {arm} lie at most {largest:.2g} "
        f"from the reference's, no other arm's further, and {classes}",
        remedy="cost may only be compared between models of one function: export them again",
    )


def control_gate(control: Difference | None, margin: float) -> Gate:
    """Check that the A/A control shows no difference on the primary endpoint."""
    threshold = margin * CONTROL_SHARE_OF_MARGIN
    remedy = "something differs between the arms besides the model, or the machine was disturbed"
    if control is None:
        return Gate(
            name="control",
            passed=False,
            figure=None,
            threshold=threshold,
            unit="ratio",
            finding="the A/A control was not measured on CPU per request",
            remedy="it takes finished server starts: perbillion run --resume RUN_DIR",
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
        f"{percent(wide)} of CPU per request{at_level}",
        remedy=f"{remedy}: run it again on a quieter machine",
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


def failures_gate(starts: Sequence[StartRecord], arms: int) -> Gate:
    """Check that requests were answered."""
    requests = sum(start.rounds for start in starts if start.instrument == "served") * arms
    failed = sum(start.failures for start in starts)
    failing = failed / requests if requests else 0.0
    return Gate(
        name="failures",
        passed=failing <= MAXIMUM_FAILURES,
        figure=failing,
        threshold=MAXIMUM_FAILURES,
        unit="ratio",
        finding=f"{failed:,} of {count(requests, 'request')} failed",
        remedy="the logs of the run say why the server did not answer",
    )


def units_gate(primary: InstrumentResult | None) -> Gate:
    """Check that there are enough units behind the primary endpoint for an interval."""
    units = primary.units if primary is not None else 0
    return Gate(
        name="units",
        passed=units >= MINIMUM_UNITS,
        figure=float(units),
        threshold=float(MINIMUM_UNITS),
        unit="units",
        finding=f"{count(units, 'unit')} (pairs of server starts) behind CPU per request",
        remedy=f"below {MINIMUM_UNITS} units there is no interval: go on with a run that was cut "
        f"short, or set served.pairs to {MINIMUM_UNITS} or more",
    )


def _time_weighted(shares: Sequence[float], starts: Sequence[StartRecord]) -> float:
    seconds = sum(start.seconds for start in starts)
    if not seconds > 0:
        return max(shares)
    weighted = zip(shares, starts, strict=True)
    return sum(portion * start.seconds for portion, start in weighted) / seconds
