"""``perbillion runtimes``: which runtimes pay for the scalings."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal

import typer
from rich.console import Console

from console.progress import ConsoleProgress
from contract.run_directory import RunDirectory


def runtimes_command(
    *,
    profile: Annotated[
        Literal["quick", "standard"],
        typer.Option(help="How much to measure: 6 pairs of processes a row, or 12."),
    ] = "quick",
    batch: Annotated[int, typer.Option(min=1, max=65_536, help="Rows of a request.")] = 1,
    only: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A row, or all whose names begin so: openvino, torch, onnxruntime-all. "
            "May be given again.",
        ),
    ] = None,
    json: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write runtimes.json there; - prints it.")
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Where to work; rows that are finished there are kept. A new folder in runs if "
            "it is left out.",
        ),
    ] = None,
) -> None:
    """Measure what the scalings cost in each runtime, and say whether they survive.

    One network (784-75-45-10, p = 0.4) in ONNX Runtime at each optimisation level, in four forms
    of its graph, with one thread and two; in PyTorch, eager and compiled; in OpenVINO; on a GPU
    where there is one. What is not installed or not there says so in its row.
    """
    from perbillion.runtimes.row import chosen_rows  # noqa: PLC0415 - needs the extra [compare]
    from perbillion.runtimes.runtimes_result import RuntimesPlan  # noqa: PLC0415
    from perbillion.runtimes.runtimes_text import runtimes_sheet  # noqa: PLC0415
    from perbillion.runtimes.survey import survey  # noqa: PLC0415

    rows = chosen_rows(tuple(only or ()))
    folder = out or RunDirectory.create(Path("runs"), "runtimes").root
    with ConsoleProgress() as progress:
        try:
            result = survey(RuntimesPlan.of(profile, batch), rows, folder, progress)
        except KeyboardInterrupt:
            progress.say(f"finished rows are kept; the same command with --out {folder} goes on")
            raise
    if json is not None and str(json) != "-":
        result.save(json)
    if str(json) == "-":
        typer.echo(result.model_dump_json(indent=2))
    else:
        runtimes_sheet(result).show(Console())
