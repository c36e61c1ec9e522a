"""Where client latencies lie, and what their quantiles rest on."""

from __future__ import annotations

from report.result import QuantileClaim, Result
from report.rounding import count, number, significant, with_interval
from report.tables.table import NOTHING, Table


def level_table(result: Result) -> Table | None:
    """Tell where client latencies lie, arm by arm."""
    measured = result.instrument("client_latency")
    if measured is None:
        return None
    rows = tuple(
        (levels.arm, *map(with_interval, (levels.mean, levels.p50, levels.p90, levels.p99)))
        for levels in measured.levels
    )
    note = "Quantiles are taken within each start and averaged over starts."
    return Table("Client latency", note, ("Arm", "Mean", "p50", "p90", "p99"), rows)


def quantile_table(result: Result) -> Table | None:
    """Tell what may be claimed of the reference's quantiles over all starts together."""
    if not result.quantiles:
        return None
    note = (
        f"Of {result.experiment.arms[0]}, all used starts together. A slow moment slows many "
        "requests, so requests say less than independent ones would: the design effect is by how "
        "much, and the effective number what is left. An interval between two of the latencies "
        "exists from a number of requests on. The bound is MLPerf's early-stopping one, on the "
        "effective number: the quantile lies at or below it with 99 % confidence."
    )
    head = (
        "Quantile",
        "Latency",
        f"{100 * result.experiment.level:g} % interval",
        "Design effect",
        "Requests",
        "Effective",
        "Bound",
    )
    return Table("What the quantiles rest on", note, head, tuple(map(_row, result.quantiles)))


def _row(claim: QuantileClaim) -> tuple[str, ...]:
    return (
        f"p{100 * claim.probability:g}",
        _latency(claim.latency_us),
        _interval(claim),
        significant(claim.design_effect, 2),
        f"{claim.requests:,}",
        number(claim.effective_requests, 0),
        "none yet" if claim.bound_us is None else _latency(claim.bound_us),
    )


def _interval(claim: QuantileClaim) -> str:
    if claim.low_us is not None and claim.high_us is not None:
        return f"{significant(claim.low_us, 3)} to {_latency(claim.high_us)}"
    lacking = claim.needed_requests - claim.requests
    if lacking > 0:
        return f"none: takes {count(lacking, 'request')} more"
    return NOTHING


def _latency(latency_us: float) -> str:
    return f"{significant(latency_us, 3)} µs"
