"""``perbillion train``: the train stage, in a new run directory or in one that exists."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Annotated

import typer
from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

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
from contract.errors import ExperimentError
from contract.experiment import Experiment
from contract.network_card import TrainedCard
from contract.new_run import new_run
from contract.run_directory import RunDirectory

RunToFinish = Annotated[
    Path | None,
    typer.Option("--run", metavar="RUN_DIR", help="Train for a run directory that exists."),
]


def train_command(  # noqa: PLR0913 - each is an option of the command line
    experiment_file: ExperimentFile = None,
    *,
    profile: ProfileName = None,
    data: DataName = None,
    data_dir: DataFolder = None,
    settings: Settings = None,
    out: OutFolder = Path("runs"),
    run: RunToFinish = None,
) -> None:
    """Train the networks: without dropout, with inverted dropout, and with regular dropout.

    Networks that are trained already are kept. Prints how well each predicts, and where the
    files are.
    """
    if run is None:
        experiment = experiment_from(experiment_file, profile, data, data_dir, settings)
        opened: AbstractContextManager[RunDirectory] = new_run(experiment, out)
    elif experiment_file or profile or data or data_dir or settings:
        raise ExperimentError(
            "a run that exists keeps its experiment",
            where="--run",
            remedy="leave the other options out, or leave --run out to start a new run",
        )
    else:
        opened = nullcontext(RunDirectory.open(run))
        experiment = Experiment.load(RunDirectory.open(run).experiment_toml)
    from train.stage import train_networks  # noqa: PLC0415 - needs the extra [train]

    with opened as directory, ConsoleProgress() as progress:
        cards = train_networks(experiment, directory, progress)
    _print(cards, directory, Console(highlight=False))


def _print(cards: list[TrainedCard], directory: RunDirectory, console: Console) -> None:
    table = Table(box=SIMPLE if console.is_terminal else None, pad_edge=False)
    table.add_column("network")
    for split in ("train", "validation", "test"):
        table.add_column(split, justify="right")
    for card in cards:
        shares = (card.accuracy.train, card.accuracy.validation, card.accuracy.test)
        table.add_row(card.name, *(f"{share:.2%}" for share in shares))
    console.print("accuracy in evaluation mode")
    console.print(table)
    # soft_wrap: a path that is broken into lines cannot be copied.
    console.print(f"networks: {directory.trained}", soft_wrap=True, markup=False)
