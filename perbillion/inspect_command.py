"""``perbillion inspect``: what a model is, and what ONNX Runtime makes of it."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from console.progress import ConsoleProgress
from contract.errors import ExperimentError
from perbillion.sheet import show_lines


def named_size(text: str) -> tuple[str, int]:
    """Read ``sequence=128`` as a symbol and its size.

    Raises
    ------
    typer.BadParameter
        If it is no such thing, or the size is not positive.
    """
    symbol, _, size = text.rpartition("=")
    if not symbol.strip() or not size.strip().isdecimal() or int(size) == 0:
        raise typer.BadParameter(f"{text!r} is no size: write it like sequence=128")
    return symbol.strip(), int(size)


def inspect_command(  # noqa: PLR0913 - each is an option of the command line
    model: Annotated[Path, typer.Argument(metavar="MODEL.onnx", help="The model.")],
    *,
    batch: Annotated[
        int | None,
        typer.Option(min=1, help="Rows of a call; as many as the model fixes, else 1."),
    ] = None,
    size: Annotated[
        list[str] | None,
        typer.Option(
            metavar="SYMBOL=N", help="Size of an open dimension, 16 else; may be given again."
        ),
    ] = None,
    inputs: Annotated[
        Path | None,
        typer.Option(
            metavar="DATA.npz", help="Recorded inputs (.npz, .jsonl) in place of made-up ones."
        ),
    ] = None,
    threads: Annotated[int, typer.Option(min=1, help="Threads for one operator.")] = 1,
    no_profile: Annotated[
        bool, typer.Option("--no-profile", help="Leave out the time per node; run nothing.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print everything as JSON.")] = False,
) -> None:
    """Tell what a model is, what ONNX Runtime makes of it, and where its time goes.

    Shows the graph as it was given and as each level of optimisation leaves it; for every
    multiplication by a constant whether it survives, and why: which pass takes it out, found by
    turning passes off one after another, or what keeps the passes from it.
    """
    sizes = dict(named_size(text) for text in size or ())
    if inputs is not None and sizes:
        raise ExperimentError(
            "recorded inputs have their own sizes",
            where="--size",
            remedy="leave out one of the two",
        )
    from graph.inspection.inspecting import Call, inspect_model  # noqa: PLC0415 - needs extras
    from perbillion.inspection_text import inspection_sheets, summary  # noqa: PLC0415 - the same

    call = Call(batch=batch, sizes=sizes, recorded=inputs, threads=threads, timed=not no_profile)
    with ConsoleProgress() as progress:
        progress.begin(f"Inspecting {model.name}", total=1)
        inspection = inspect_model(model, call)
    if json:
        typer.echo(inspection.model_dump_json(indent=2))
        return
    console = Console()
    for sheet in inspection_sheets(inspection):
        sheet.show(console)
    show_lines(console, summary(inspection))
