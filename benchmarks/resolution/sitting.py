"""All methods in turns, repetition after repetition."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import numpy as np

from benchmarks.controls.exported_run import exported_run
from benchmarks.pages.page import Say
from benchmarks.peers.workbench import Workbench, open_workbench
from benchmarks.resolution.figures import ARMS, MARGIN_PERCENT, METHODS, REFERENCE, ArmLoad, Method
from benchmarks.resolution.ground import Ground
from benchmarks.resolution.paired_campaign import (
    LEAST_SECONDS_PER_START,
    STARTS,
    run_one_start,
    run_paired_campaign,
)
from benchmarks.resolution.result import (
    Amounts,
    Repetition,
    ResolutionPlan,
    ResolutionResult,
    Turn,
)
from benchmarks.resolution.usual_loads import locust_load, wrk_load
from contract.errors import LoadTestError
from contract.experiment import Experiment
from loadtest.machine.host_activity import HostActivity

NAME = "resolution"
_EXPORTED = "exported"
_TRIAL_SECONDS = 2
# Its weights do not matter here, and it is trained within seconds.
_EXPERIMENT = {"name": NAME, "arms": list(ARMS), "training": {"epochs": 5}}


def measure_resolution(folder: Path, plan: ResolutionPlan, say: Say) -> ResolutionResult:
    """Let every method answer as often as planned, leaving out what is finished.

    After each repetition the result is written to `folder`.

    Parameters
    ----------
    folder : Path
        Where models and finished repetitions are.
    plan : ResolutionPlan
        How often, and how long each time.
    say : callable
        Told of every turn.

    Raises
    ------
    LoadTestError
        If wrk is not installed, there is one core only, or the time does not suffice.
    PerbillionError
        As the stages and instruments do.
    """
    # Before this process moves to the load's core: training uses them all.
    exported = exported_run(folder / _EXPORTED, Experiment.resolve(overrides=_EXPERIMENT))
    with open_workbench() as bench:
        ground = Ground.of(bench, exported)
        file = folder / f"{NAME}.json"
        result = _begun(file, plan) or _begin(ground, plan, say)
        while not result.complete:
            repetition = _repeat(ground, result, say)
            repetitions = (*result.repetitions, repetition)
            result = result.model_copy(update={"repetitions": repetitions})
            result.save(file)
            say(f"repetition {len(repetitions)} of {plan.repetitions} is finished")
    return result


def clear(folder: Path) -> None:
    """Take away what a finished sitting has worked with."""
    (folder / f"{NAME}.json").unlink()
    shutil.rmtree(folder / _EXPORTED)


def _begun(file: Path, plan: ResolutionPlan) -> ResolutionResult | None:
    """Return what is finished of this plan."""
    if not file.is_file():
        return None
    found = ResolutionResult.load(file)
    return found if found.plan == plan else None


def _begin(ground: Ground, plan: ResolutionPlan, say: Say) -> ResolutionResult:
    bench: Workbench = ground.bench
    amounts = _amounts(ground, plan)
    say(
        f"{plan.seconds:g} s a turn are {amounts.locust_seconds} s of Locust and "
        f"{amounts.wrk_seconds} s of wrk for each of {len(ARMS)} servers, or "
        f"{plan.seconds / STARTS - amounts.start_overhead_seconds:.1f} s of rounds for each of "
        f"{STARTS}"
    )
    return ResolutionResult(
        measured=datetime.now(UTC).isoformat(timespec="seconds"),
        environment=bench.environment,
        server_core=bench.server_core,
        load_core=bench.load_core,
        plan=plan,
        amounts=amounts,
    )


def _amounts(ground: Ground, plan: ResolutionPlan) -> Amounts:
    """Try every method once, briefly: what is beyond the load is what starting takes.

    Raises
    ------
    LoadTestError
        If the time does not suffice.
    """

    def overhead_seconds(trial: Callable[[], object]) -> float:
        began = perf_counter()
        trial()
        return perf_counter() - began - _TRIAL_SECONDS

    per_server, per_start = plan.seconds / len(ARMS), plan.seconds / STARTS
    locust = per_server - overhead_seconds(lambda: locust_load(ground, REFERENCE, _TRIAL_SECONDS))
    wrk = per_server - overhead_seconds(lambda: wrk_load(ground, REFERENCE, _TRIAL_SECONDS))
    start = overhead_seconds(lambda: run_one_start(ground, _TRIAL_SECONDS, plan.seed))
    if min(locust, wrk) < 1 or per_start - start < LEAST_SECONDS_PER_START:
        raise LoadTestError(
            f"{plan.seconds:g} s do not suffice for {STARTS} starts of a server",
            where="--seconds",
            remedy="give a turn more time",
        )
    return Amounts(
        locust_seconds=int(locust),
        wrk_seconds=int(wrk),
        start_overhead_seconds=round(start, 3),
    )


def _repeat(ground: Ground, result: ResolutionResult, say: Say) -> Repetition:
    """Let every method answer once, in random order."""
    number = len(result.repetitions)
    chance = np.random.default_rng([result.plan.seed, number])
    turns = []
    for index in chance.permutation(len(METHODS)):
        turn = _turn(ground, METHODS[index], result, chance)
        turns.append(turn)
        first = turn.answers[0]
        say(
            f"{turn.method}: {first.statistic}, against itself {first.again:+.2f} %, "
            f"regular {first.regular:+.2f} % ({turn.seconds:.0f} s)"
        )
    return Repetition(turns=tuple(turns))


def _turn(
    ground: Ground, method: Method, result: ResolutionResult, chance: np.random.Generator
) -> Turn:
    began, before = perf_counter(), HostActivity.read()
    order = [ARMS[index] for index in chance.permutation(len(ARMS))]
    loads: tuple[ArmLoad, ...] = ()
    campaign = None
    match method:
        case "locust":
            seconds = result.amounts.locust_seconds
            loads = tuple(locust_load(ground, arm, seconds) for arm in order)
        case "wrk":
            loads = tuple(wrk_load(ground, arm, result.amounts.wrk_seconds) for arm in order)
        case "perbillion":
            # Every campaign has seeds of its own, as every run of a user has other aliases.
            seed = 1000 * result.plan.seed + len(result.repetitions)
            overhead_seconds = result.amounts.start_overhead_seconds
            campaign = run_paired_campaign(
                ground, result.plan.seconds, overhead_seconds, seed, MARGIN_PERCENT / 100
            )
    steal_share, foreign_share = HostActivity.read().shares_since(before)
    return Turn(
        method=method,
        seconds=perf_counter() - began,
        steal_share=steal_share,
        foreign_share=foreign_share,
        loads=loads,
        campaign=campaign,
    )
