"""The way of this project: one campaign, every model asked in turns, fresh servers in pairs."""

from __future__ import annotations

import shutil
from time import perf_counter

import numpy as np
import numpy.typing as npt

from benchmarks.pages.page import Part
from benchmarks.resolution.figures import AGAIN, ARMS, REGULAR, Answer
from benchmarks.resolution.ground import Ground
from contract.errors import LoadTestError
from contract.experiment import Experiment
from contract.run_directory import RunDirectory
from contract.samples import Samples
from loadtest.campaign.start_plan import CampaignSeeds, StartPlan, plan_starts
from loadtest.instruments.instrument import Setting
from loadtest.instruments.served_instrument import ServedInstrument
from report.round_table import tables_of
from stats.estimate import Estimate, t_estimate
from stats.paired import (
    arm_means,
    arm_quantiles,
    mean_differences,
    median_paired_differences,
    relative_differences,
)
from stats.verdict import VerdictKind, decide

Floats = npt.NDArray[np.float64]

PAIRS = 6
STARTS = 2 * PAIRS
# Below that a start measures its own warm-up.
LEAST_SECONDS_PER_START = 0.2
CPU = "CPU per request"
MEDIAN = "client latency, median of paired differences"
MEAN = "client latency, mean"
STATISTICS = (CPU, MEDIAN, MEAN)


class CampaignFigures(Part):
    """What one campaign says.

    Attributes
    ----------
    seconds_per_start : float
        Of rounds, in the mean.
    answers : tuple of Answer
        The primary endpoint first.
    again, regular : Estimate
        CPU per request, as a share of the reference's, with intervals of 95 %.
    again_verdict, regular_verdict : VerdictKind
        Of both, at the margin of ±1 %.
    """

    seconds_per_start: float
    answers: tuple[Answer, ...]
    again: Estimate
    regular: Estimate
    again_verdict: VerdictKind
    regular_verdict: VerdictKind


def run_paired_campaign(
    ground: Ground, budget_seconds: float, overhead_seconds: float, seed: int, margin: float
) -> CampaignFigures:
    """Run a campaign of twelve starts within a given time.

    Parameters
    ----------
    ground : Ground
        Where.
    budget_seconds : float
        What it may take; each start gets its share of what is left.
    overhead_seconds : float
        What a start takes beyond its rounds, at first; then what the one before it took.
    seed : int
        Of orders, payload and aliases.
    margin : float
        Of the verdicts, a ratio.

    Raises
    ------
    ServingError, LoadTestError
        If a server or Locust fails, or a request does.
    """
    began = perf_counter()
    directory = RunDirectory(ground.bench.folder("campaign"))
    shutil.copyfile(ground.traffic, directory.traffic_npz)
    by_start, seconds = [], []
    for number, plan in enumerate(plan_starts(ARMS, PAIRS, CampaignSeeds(seed, seed, seed))):
        left_seconds = budget_seconds - (perf_counter() - began)
        share_seconds = left_seconds / (STARTS - number) - overhead_seconds
        seconds.append(max(LEAST_SECONDS_PER_START, share_seconds))
        before = perf_counter()
        by_start.append(_run_start(ground, directory, plan, seconds[-1]))
        overhead_seconds = perf_counter() - before - seconds[-1]
    ratios = {name: np.array([each[name] for each in by_start]) for name in STATISTICS}
    return _figures(ratios, float(np.mean(seconds)), margin)


def run_one_start(ground: Ground, seconds: float, seed: int) -> None:
    """Run the first start of a campaign, to see how long one takes.

    Raises
    ------
    ServingError, LoadTestError
        If the server or Locust fails, or a request does.
    """
    directory = RunDirectory(ground.bench.folder("campaign"))
    shutil.copyfile(ground.traffic, directory.traffic_npz)
    plan = plan_starts(ARMS, 1, CampaignSeeds(seed, seed, seed))[0]
    _run_start(ground, directory, plan, seconds)


def _figures(ratios: dict[str, Floats], seconds_per_start: float, margin: float) -> CampaignFigures:
    """Turn the ratios of all starts, shape (starts, arms), into answers and verdicts."""
    units = {name: table.reshape(-1, 2, len(ARMS)).mean(axis=1) for name, table in ratios.items()}
    again, regular = (_estimate(units[CPU], arm) for arm in (AGAIN, REGULAR))
    return CampaignFigures(
        seconds_per_start=seconds_per_start,
        answers=tuple(_answer(name, table) for name, table in units.items()),
        again=again,
        regular=regular,
        again_verdict=decide(again, margin).kind,
        regular_verdict=decide(regular, margin, control=again).kind,
    )


def _run_start(
    ground: Ground, directory: RunDirectory, plan: StartPlan, seconds: float
) -> dict[str, Floats]:
    """Return each statistic's ratios to the reference, shape (arms,)."""
    experiment = Experiment.resolve(
        overrides={
            "arms": list(ARMS),
            "served": {"seconds_per_start": seconds, "blocks_per_arm": 0},
        }
    )
    setting = Setting(experiment, directory, ground.subjects, ground.cores)
    outcome = ServedInstrument(setting).run(plan)
    if outcome.failures:
        raise LoadTestError(f"{outcome.failures} requests failed", where=str(outcome.samples))
    tables = tables_of(Samples.load(outcome.samples))
    if not tables["cpu_per_request"].rounds:
        raise LoadTestError(
            "a start has no whole round", remedy="give a turn more time, on a machine at rest"
        )
    cpu_ns = tables["cpu_per_request"].times_ns
    waited_ns = tables["client_latency"].times_ns
    return {
        CPU: relative_differences(mean_differences(cpu_ns), arm_means(cpu_ns)),
        MEDIAN: relative_differences(
            median_paired_differences(waited_ns), arm_quantiles(waited_ns, 0.5)
        ),
        MEAN: relative_differences(mean_differences(waited_ns), arm_means(waited_ns)),
    }


def _estimate(units: Floats, arm: str) -> Estimate:
    return t_estimate(units[:, ARMS.index(arm)], unit="ratio")


def _answer(statistic: str, units: Floats) -> Answer:
    percent = dict(zip(ARMS, (100 * units.mean(axis=0)).tolist(), strict=True))
    return Answer(statistic=statistic, again=percent[AGAIN], regular=percent[REGULAR])
