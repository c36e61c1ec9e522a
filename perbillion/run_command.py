"""``perbillion run``: everything, from training to the answer."""

from __future__ import annotations

from contextlib import nullcontext
from pathlib import Path
from typing import Annotated

import typer

from console.experiment_options import (
    DataFolder,
    DataName,
    ExperimentFile,
    OutFolder,
    ProfileName,
    Settings,
    experiment_from,
)
from console.progress import ConsoleProgress
from console.quantity import duration_seconds, share
from contract.errors import ExperimentError
from contract.experiment import Experiment
from contract.new_run import new_run
from contract.run_directory import RunDirectory
from perbillion.plan_text import plan_text
from report.command import tell

Resume = Annotated[
    Path | None,
    typer.Option("--resume", metavar="RUN_DIR", help="Go on with a run that was cut short."),
]


def run_command(  # noqa: PLR0913 - each is an option of the command line
    experiment_file: ExperimentFile = None,
    *,
    profile: ProfileName = None,
    data: DataName = None,
    data_dir: DataFolder = None,
    settings: Settings = None,
    out: OutFolder = Path("runs"),
    resume: Resume = None,
    budget: Annotated[
        float | None,
        typer.Option(
            parser=duration_seconds,
            metavar="10m",
            help="The time for measuring: as many server starts as fit, fewer if the verdict is "
            "settled before.",
        ),
    ] = None,
    resolve: Annotated[
        float | None,
        typer.Option(
            parser=share,
            metavar="0.2%",
            help="The half-width wanted, as a share of the reference's CPU per request: as many "
            "server starts as it takes, by Stein's two stages.",
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell the plan and its duration; do nothing.")
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print result.json, not the answer.")
    ] = False,
) -> None:
    """Run the whole experiment: train, export, serve, load, report.

    Prints the answer in a few lines and where the report is.
    """
    wanted = {"stopping.budget_seconds": budget, "stopping.resolve": resolve}
    shorthands = [f"{key}={value}" for key, value in wanted.items() if value is not None]
    chosen = (experiment_file, profile, data, data_dir, settings, shorthands)
    if resume is not None and any(chosen):
        raise ExperimentError(
            "a run that is resumed keeps its experiment",
            where="--resume",
            remedy="leave the other options out, or start a new run",
        )
    if resume is not None:
        experiment = Experiment.load(RunDirectory.open(resume).experiment_toml)
    else:
        experiment = experiment_from(
            experiment_file, profile, data, data_dir, [*(settings or ()), *shorthands]
        )
    if dry_run:
        typer.echo(plan_text(experiment))
        return
    from perbillion.experiment_run import carry_out  # noqa: PLC0415 - needs every extra

    run = nullcontext(RunDirectory.open(resume)) if resume else new_run(experiment, out)
    with run as directory, ConsoleProgress() as progress:
        try:
            result = carry_out(directory, progress)
        except BaseException:
            if directory.holds_work:
                progress.say(
                    f"finished work is kept; go on with: perbillion run --resume {directory.root}\n"
                    f"what it says so far: perbillion report {directory.root}"
                )
            raise
    tell(result, directory, as_json=json)
