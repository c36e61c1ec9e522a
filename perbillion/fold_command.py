"""``perbillion fold``: constant multiplications go into the weights beside them."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from console.progress import ConsoleProgress
from contract.errors import ExperimentError
from perbillion.sheet import show_lines


def fold_command(
    model: Annotated[Path, typer.Argument(metavar="MODEL.onnx", help="The model to fold.")],
    *,
    out: Annotated[
        Path, typer.Option("--out", "-o", metavar="OUT.onnx", help="Where to write the result.")
    ],
    inputs: Annotated[
        Path | None,
        typer.Option(
            metavar="DATA.npz",
            help="Recorded inputs to compare the two models on, .npz or .jsonl; made up if none "
            "are given.",
        ),
    ] = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite OUT.onnx.")] = False,
    json: Annotated[bool, typer.Option("--json", help="Print what was done as JSON.")] = False,
) -> None:
    """Fold multiplications by constants into neighbouring weights.

    Verifies that the result computes the same before it is written, and says what was folded, what
    was left and why, and what it saved. A model in which nothing can be folded is written as it is.
    """
    if out.exists() and not force:
        raise ExperimentError(
            "there is such a file already",
            where=str(out),
            remedy="give another name to -o, or --force to overwrite it",
        )
    # These need the extra [compare].
    from graph.folding.file_fold import fold_file  # noqa: PLC0415
    from perbillion.fold_report import FoldReport, fold_lines  # noqa: PLC0415

    with ConsoleProgress() as progress:
        progress.begin(f"Folding {model.name}", total=1)
        fold = fold_file(model, out, inputs)
    report = FoldReport(model=str(model), written=str(out), exact=fold.is_exact, fold=fold)
    if json:
        typer.echo(report.model_dump_json(indent=2))
    else:
        show_lines(Console(highlight=False), fold_lines(report))
