"""At three times the capacity, open loop: goodput, refusals, latency, memory."""

from __future__ import annotations

from dataclasses import dataclass, field
from time import monotonic, sleep
from typing import Literal

import numpy as np

from benchmarks.pages.page import Part, Say
from benchmarks.peers.catalogue import perbillion_binary
from benchmarks.peers.contender import RunningContender, new_serving, running
from benchmarks.peers.example_model import LARGE, MLP, ExampleModel, right_answer
from benchmarks.peers.http_exchange import HttpRequest
from benchmarks.peers.open_loop_process import OpenLoad, drive_open_loop
from benchmarks.peers.result import Sitting
from benchmarks.peers.workbench import Workbench
from benchmarks.peers.wrk import WrkLoad, drive
from contract.document import Document
from loadtest.wire.arrivals import Arrivals, Column
from loadtest.wire.connection_pool import BROKEN
from loadtest.wire.open_loop import NO_CONNECTION, UNANSWERED, OpenLoopOutcome

NAME = "overload"
_NS_PER_SECOND = 1_000_000_000
_SETTLE_SECONDS = 2.0
_OK = 200
_REFUSED = (429, 503)
_NAMES = {NO_CONNECTION: "no connection", BROKEN: "broken", UNANSWERED: "unanswered"}


class Latency(Part):
    """Percentiles in milliseconds."""

    p50_ms: float
    p99_ms: float
    highest_ms: float

    @classmethod
    def of(cls, latency_ns: Column) -> Latency | None:
        """Summarise; None if there is nothing to summarise."""
        if not latency_ns.size:
            return None
        p50, p99, highest = np.percentile(latency_ns, [50, 99, 100]) / 1e6
        return cls(p50_ms=round(p50, 3), p99_ms=round(p99, 3), highest_ms=round(highest, 3))


class Memory(Part):
    """Resident memory of the server, in bytes, and its course while it was overloaded.

    Attributes
    ----------
    before, peak, after : int
        Before the open loop, at most during it, and some seconds after it.
    course : tuple of tuple of float
        (seconds after the start, bytes), several times a second.
    """

    before: int
    peak: int
    after: int
    course: tuple[tuple[float, int], ...]


class OverloadRound(Part):
    """One server's life: its capacity, then the overload.

    Attributes
    ----------
    capacity_hz : float
        Requests per second of a closed loop, by wrk, directly before.
    offered_hz : float
        The open loop's.
    counts : dict of str to int
        Requests by status.
    goodput_hz : float
        Requests answered with 200, a second.
    accepted, refused : Latency or None
        Of those answered with 200, and with 503 or 429, from when they were due; None where
        there were none.
    retry_after_share : float or None
        Of the refusals, how many carried ``Retry-After``; None where there were none.
    accepted_course, refused_course : tuple of int
        Such answers in each second from the start on, the warm-up included.
    lateness : Latency or None
        From due to sent: what the generator itself was late.
    """

    capacity_hz: float
    offered_hz: float
    counts: dict[str, int]
    goodput_hz: float
    accepted: Latency | None
    refused: Latency | None
    retry_after_share: float | None
    accepted_course: tuple[int, ...]
    refused_course: tuple[int, ...]
    lateness: Latency | None
    memory: Memory


class OverloadedModel(Part):
    """A model's rounds."""

    name: str
    widths: tuple[int, ...]
    rounds: tuple[OverloadRound, ...]


class OverloadResult(Document):
    """All models.

    Schema history: 1 = first.

    Attributes
    ----------
    factor : float
        The open loop's rate over the capacity.
    seconds : float
        How long each overload lasted.
    warm_up_seconds : float
        Its beginning, of which no latency and no goodput was counted.
    connections : int
        The generator's, at most.
    """

    schema_version: Literal[1] = 1
    sitting: Sitting
    factor: float
    seconds: float
    warm_up_seconds: float
    connections: int
    models: tuple[OverloadedModel, ...]


@dataclass(frozen=True, slots=True)
class OverloadPlan:
    """How hard, how long, how often."""

    rounds: int = 3
    seconds: int = 20
    factor: float = 3.0
    warm_up_seconds: float = 1.0
    connections: int = 512
    capacity: WrkLoad = field(default_factory=WrkLoad)
    models: tuple[ExampleModel, ...] = (LARGE, MLP)


def measure_overload(bench: Workbench, plan: OverloadPlan, say: Say) -> OverloadResult:
    """Overload a server of each model, started anew each round.

    Raises
    ------
    ServingError, LoadTestError
        If the server or the generator fails.
    """
    models = []
    for model in plan.models:
        rounds = []
        for number in range(plan.rounds):
            one = _round(bench, plan, model)
            rounds.append(one)
            say(
                f"{model.name}, round {number + 1} of {plan.rounds}: capacity "
                f"{one.capacity_hz:,.0f}/s, goodput {one.goodput_hz:,.0f}/s, {one.counts}"
            )
        models.append(OverloadedModel(name=model.name, widths=model.widths, rounds=tuple(rounds)))
    return OverloadResult(
        sitting=Sitting.of(bench),
        factor=plan.factor,
        seconds=plan.seconds,
        warm_up_seconds=plan.warm_up_seconds,
        connections=plan.connections,
        models=tuple(models),
    )


def _round(bench: Workbench, plan: OverloadPlan, model: ExampleModel) -> OverloadRound:
    repository = bench.folder("repository")
    contender = perbillion_binary(model.name)
    rows = model.rows(1)
    right = right_answer(model.put(repository), rows)
    request = contender.request(rows)
    with running(contender, new_serving(bench, repository, model), rows, right) as server:
        capacity_hz = drive(bench, server, request, plan.capacity).report.requests_per_second
        arrivals = Arrivals(plan.factor * capacity_hz, plan.seconds)
        outcome, memory = _overload(bench, server, request, OpenLoad(arrivals, plan.connections))
        server.process.require_alive()
        server.process.require_one_core()
    return summarise(outcome, capacity_hz, arrivals, plan.warm_up_seconds, memory)


def _overload(
    bench: Workbench, server: RunningContender, request: HttpRequest, load: OpenLoad
) -> tuple[OpenLoopOutcome, Memory]:
    """Drive the open loop and watch the server's memory."""
    resident_bytes = server.process.memory_probe()
    before = resident_bytes()
    begun = monotonic()
    course: list[tuple[float, int]] = []

    def look() -> None:
        course.append((round(monotonic() - begun, 2), resident_bytes()))

    outcome = drive_open_loop(bench, server.port, request, load, look)
    peak = max(size for _, size in course)
    # A server that gives memory back may do so a little later.
    sleep(_SETTLE_SECONDS)
    after = resident_bytes()
    return outcome, Memory(before=before, peak=peak, after=after, course=tuple(course))


def summarise(
    outcome: OpenLoopOutcome,
    capacity_hz: float,
    arrivals: Arrivals,
    warm_up_seconds: float,
    memory: Memory,
) -> OverloadRound:
    """Count what became of the requests that were due after the warm-up.

    Parameters
    ----------
    outcome : OpenLoopOutcome
        One entry a request.
    capacity_hz : float
        The closed loop's.
    arrivals : Arrivals
        When they were due.
    warm_up_seconds : float
        Requests due before are left out.
    memory : Memory
        The server's.
    """
    counted = outcome.due_ns >= warm_up_seconds * _NS_PER_SECOND
    status = outcome.status[counted]
    latency_ns = (outcome.done_ns - outcome.due_ns)[counted]
    lateness_ns = (outcome.sent_ns - outcome.due_ns)[outcome.sent_ns >= 0]
    accepted, refused = status == _OK, np.isin(status, _REFUSED)
    retry_after = outcome.retry_after[counted][refused]
    values, counts = np.unique(status, return_counts=True)
    return OverloadRound(
        capacity_hz=round(capacity_hz, 3),
        offered_hz=round(arrivals.rate_hz, 3),
        counts={
            _NAMES.get(value, str(value)): count
            for value, count in zip(values.tolist(), counts.tolist(), strict=True)
        },
        goodput_hz=round(_goodput_hz(outcome, arrivals, warm_up_seconds), 3),
        accepted=Latency.of(latency_ns[accepted]),
        refused=Latency.of(latency_ns[refused]),
        retry_after_share=float(retry_after.mean()) if retry_after.size else None,
        accepted_course=_course(outcome.done_ns[outcome.status == _OK], arrivals),
        refused_course=_course(outcome.done_ns[np.isin(outcome.status, _REFUSED)], arrivals),
        lateness=Latency.of(lateness_ns),
        memory=memory,
    )


def _course(done_ns: Column, arrivals: Arrivals) -> tuple[int, ...]:
    """Count answers by the second they came in; what came after the last one is left out."""
    seconds = int(arrivals.seconds)
    counts = np.bincount(done_ns // _NS_PER_SECOND, minlength=seconds)
    return tuple(counts[:seconds].tolist())


def _goodput_hz(outcome: OpenLoopOutcome, arrivals: Arrivals, warm_up_seconds: float) -> float:
    """Return the answers with 200 that came in within the counted time, a second.

    By when they came, not by when they were due: what is answered after the load has ended
    would count as work that the server did under load.
    """
    begin_ns = warm_up_seconds * _NS_PER_SECOND
    end_ns = arrivals.seconds * _NS_PER_SECOND
    done_ns = outcome.done_ns[outcome.status == _OK]
    in_time = np.count_nonzero((done_ns >= begin_ns) & (done_ns < end_ns))
    return float(in_time / (arrivals.seconds - warm_up_seconds))
