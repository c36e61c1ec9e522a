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


RecipeName = Annotated[
    str,
    typer.Option("--recipe", help="Which networks: lecture, or notebook (MNIST, as printed)."),
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
    recipe: RecipeName = "lecture",
) -> None:
    """Train the networks: without dropout, inverted, regular, DropConnect.

    Networks that are trained already are kept, and one that was cut short goes on behind its last
    finished epoch. Prints how well each predicts, and where the files are. With `--recipe notebook`
    the lecture's notebook is followed to the order of its random draws, and what it printed stands
    beside what came out.
    """
    from train.recipe import recipe_plans, recipe_settings  # noqa: PLC0415 - needs [train]

    if run is None:
        chosen = [*recipe_settings(recipe), *(settings or ())]
        experiment = experiment_from(experiment_file, profile, data, data_dir, chosen)
        ahead = recipe_plans(recipe, experiment)
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
        ahead = recipe_plans(recipe, experiment)
    from train.stage import train_plans  # noqa: PLC0415 - needs the extra [train]

    console = Console(highlight=False)
    with opened as directory, ConsoleProgress() as progress:
        cards = train_plans(ahead, experiment, directory, progress)
    _print(cards, directory, console)
    if recipe == "notebook":
        _print_notebook(cards, directory, console)


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


def _print_notebook(cards: list[TrainedCard], directory: RunDirectory, console: Console) -> None:
    """Put what the notebook printed beside what came out."""
    from train.archive import NetworkArchive  # noqa: PLC0415 - needs the extra [train]
    from train.evidence.notebook import notebook_network  # noqa: PLC0415
    from train.fitting import LOGGED_BATCHES  # noqa: PLC0415
    from train.recipe import NOTEBOOK_EPOCHS  # noqa: PLC0415

    archive = NetworkArchive(directory.trained)
    whole = cards[0].epochs == NOTEBOOK_EPOCHS
    console.print("the notebook's printed figures, and what came out here")
    for card in cards:
        found = notebook_network(card.name, card, archive.curve(card.name))
        rows = [
            (f"loss, epoch 1, batch {LOGGED_BATCHES * place}", f"{printed:.4f}", f"{loss:.4f}")
            for place, (printed, loss) in enumerate(
                zip(found.printed_losses, found.losses, strict=True)
            )
        ]
        splits = ("train", "validation", "test")
        for moment, printed_shares, shares in (
            ("epoch 1", found.printed_first_epoch, found.first_epoch),
            (f"epoch {found.epochs}", found.printed_final if whole else (), found.final),
        ):
            rows += [
                (f"accuracy, {moment}, {split}", f"{printed:.2%}", f"{share:.2%}")
                for split, printed, share in zip(splits, printed_shares, shares, strict=False)
            ]
        table = Table(box=SIMPLE if console.is_terminal else None, pad_edge=False)
        table.add_column(found.name)
        table.add_column("printed", justify="right")
        table.add_column("here", justify="right")
        for row in rows:
            table.add_row(*row)
        console.print(table)
