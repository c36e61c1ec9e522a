"""Campaigns of a model against itself, through the product's own stages."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

from benchmarks.controls.aa_result import AaCampaign, AaPlan, AaResult
from benchmarks.controls.exported_run import exported_run, run_of_one_model
from benchmarks.pages.page import Say
from contract.environment import observe
from contract.errors import InvalidRunError
from contract.experiment import Experiment
from contract.progress import SilentProgress
from contract.run_directory import RunDirectory
from loadtest.machine.host_activity import HostActivity
from loadtest.stage import run_campaign
from report.analysis import analyse
from stats.estimate import Estimate

NAME = "aa"
_EXPORTED = "exported"


def measure_aa(folder: Path, plan: AaPlan, minutes: float, say: Say) -> AaResult:
    """Run the campaigns that are not finished yet, one after another.

    After each the result is written to `folder`, so that a sitting which is cut short loses one
    campaign and nothing else.

    Parameters
    ----------
    folder : Path
        Where the model, the run under way and the finished campaigns are.
    plan : AaPlan
        How many, and how large.
    minutes : float
        After so many no campaign begins any more.
    say : callable
        Told of every campaign.

    Returns
    -------
    AaResult
        Complete, unless the time was over.

    Raises
    ------
    PerbillionError
        As the product's stages do.
    """
    began = perf_counter()
    result = begun_result(folder, plan)
    if result.campaigns:
        say(f"{len(result.campaigns)} campaigns are finished already")
    while not result.complete and perf_counter() - began < 60 * minutes:
        # Trains and exports the first time, and finds all there afterwards.
        exported = exported_run(folder / _EXPORTED, experiment_of(plan, 0))
        campaign = run_aa_campaign(folder / "campaign", plan, len(result.campaigns), exported)
        result = result.model_copy(update={"campaigns": (*result.campaigns, campaign)})
        result.save(folder / f"{NAME}.json")
        say(_line(result, campaign))
    return result


def begun_result(folder: Path, plan: AaPlan) -> AaResult:
    """Return what is finished of a plan; nothing, where another plan was being followed.

    Raises
    ------
    ArtifactError
        If the file cannot be read.
    """
    file = folder / f"{NAME}.json"
    if file.is_file():
        found = AaResult.load(file)
        if found.plan == plan:
            return found
    return AaResult(
        measured=datetime.now(UTC).isoformat(timespec="seconds"),
        environment=observe({"seed": plan.seed}),
        plan=plan,
        margin=experiment_of(plan, 0).verdict.margin,
    )


def clear(folder: Path) -> None:
    """Take away what a finished sitting has worked with."""
    (folder / f"{NAME}.json").unlink()
    shutil.rmtree(folder / _EXPORTED)


def run_aa_campaign(root: Path, plan: AaPlan, number: int, exported: RunDirectory) -> AaCampaign:
    """Measure the reference against itself and read the report; leaves nothing behind.

    Raises
    ------
    InvalidRunError
        If CPU per request was not measured.
    PerbillionError
        As the product's stages do.
    """
    experiment = experiment_of(plan, number)
    directory = run_of_one_model(root, experiment, exported)
    began, before = perf_counter(), HostActivity.read()
    run_campaign(experiment, directory, SilentProgress())
    result = analyse(directory).result
    primary = result.instrument("cpu_per_request")
    if primary is None:
        raise InvalidRunError("CPU per request was not measured", where=str(directory.root))
    steal_share, foreign_share = HostActivity.read().shares_since(before)
    contrast = primary.difference(result.experiment.contrast)
    shutil.rmtree(directory.root)
    return AaCampaign(
        verdict=result.verdict.kind,
        failed_gates=tuple(gate.name for gate in result.gates if not gate.passed),
        contrast=contrast.relative,
        control=primary.difference(result.experiment.control).relative,
        reference_us=contrast.reference_level.point,
        seconds=perf_counter() - began,
        steal_share=steal_share,
        foreign_share=foreign_share,
    )


def experiment_of(plan: AaPlan, number: int) -> Experiment:
    """Return what one campaign of a plan asks for."""
    seed = plan.seed + number
    return Experiment.resolve(
        overrides={
            "name": "a-a",
            # The arm that the verdict is about must be there, and is the reference as well.
            "arms": ["inverted", "regular", "again"],
            "training": {"epochs": 2},
            "served": {
                "pairs": plan.pairs,
                "seconds_per_start": plan.seconds_per_start,
                "blocks_per_arm": 0,
            },
            # The stage measures in process as well; no verdict comes from it.
            "in_process": {"pairs": 1, "rounds_per_start": 50, "warmup_rounds": 0},
            "seeds": {"order": seed, "payload": seed, "load_order": seed},
        }
    )


def _line(result: AaResult, campaign: AaCampaign) -> str:
    done = len(result.campaigns)
    left = result.plan.campaigns - done
    mean_seconds = sum(one.seconds for one in result.campaigns) / done
    gates = f" ({', '.join(campaign.failed_gates)})" if campaign.failed_gates else ""
    return (
        f"{done} of {result.plan.campaigns}: {_percent(campaign.contrast)}, "
        f"{campaign.verdict}{gates}; {result.detected} detected, {result.claims} claimed so far; "
        f"about {left * mean_seconds / 60:.0f} min to go"
    )


def _percent(estimate: Estimate) -> str:
    half_width = estimate.half_width
    interval = "" if half_width is None else f" ± {100 * half_width:.2f}"
    return f"{100 * estimate.point:+.2f}{interval} %"
