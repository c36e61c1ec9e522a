"""``perbillion export``: the export stage on a run directory."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby

from rich.box import SIMPLE
from rich.console import Console
from rich.table import Table

from console.experiment_options import RunFolder
from console.progress import ConsoleProgress
from contract.experiment import Experiment
from contract.graph_card import ModelCard
from contract.run_directory import RunDirectory

# As many as stand on a line beside the other columns.
_MOST_RUNS = 8


def export_command(run: RunFolder) -> None:
    """Export the trained networks of a run to ONNX: one function, several graphs.

    Arms that are exported already are kept. Prints what each graph runs, how closely it
    follows torch, and how well it predicts.
    """
    directory = RunDirectory.open(run)
    experiment = Experiment.load(directory.experiment_toml)
    from export.stage import export_arms  # noqa: PLC0415 - needs the extra [export]

    with ConsoleProgress() as progress:
        cards = export_arms(experiment, directory, progress)
    _print(cards, directory, Console(highlight=False))


def _print(cards: list[ModelCard], directory: RunDirectory, console: Console) -> None:
    table = Table(box=SIMPLE if console.is_terminal else None, pad_edge=False)
    table.add_column("arm")
    table.add_column("operators after optimisation")
    table.add_column("off torch", justify="right")
    table.add_column("accuracy", justify="right")
    for card in cards:
        table.add_row(
            card.arm,
            _told(card.census.operators_optimised),
            f"{card.parity.largest_absolute_difference:.1e}",
            f"{card.test_accuracy:.2%}",
        )
    images = cards[0].parity.rows
    others = [card.arm for card in cards if not card.same_function]
    exception = f" but {', '.join(others)}" if others else ""
    # soft_wrap, here and below: what is broken into lines cannot be searched or copied.
    console.print(
        f"torch and every arm{exception} predict the same class on {images} test images",
        soft_wrap=True,
    )
    console.print(table)
    console.print(f"models: {directory.repository}", soft_wrap=True, markup=False)


def _told(operators: Sequence[str]) -> str:
    """Write operators in a row, and how often where one follows itself."""
    runs = [(operator, len(list(run))) for operator, run in groupby(operators)]
    if len(runs) > _MOST_RUNS:
        return f"{len(operators)} operators"
    return " ".join(f"{count}x{operator}" if count > 1 else operator for operator, count in runs)
