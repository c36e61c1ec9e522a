"""``perbillion break-even``: where the scalings stop to matter."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from console.progress import ConsoleProgress
from console.quantity import number_list
from contract.document import write_atomically
from contract.errors import ExperimentError
from contract.run_directory import RunDirectory
from perbillion.sheet import show_lines

# Two layers of this width have a gigabyte of weights.
_LARGEST = 16_384


def break_even_command(
    *,
    widths: Annotated[
        str,
        typer.Option(metavar="32,128", help="Widths of the two hidden layers, ascending."),
    ] = "32,64,256,1024,4096",
    batches: Annotated[
        str, typer.Option(metavar="1,16", help="Rows of a request, ascending.")
    ] = "1,4,16,64,256,1024",
    json: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write break-even.json there; - prints it.")
    ] = None,
    svg: Annotated[Path | None, typer.Option(metavar="FILE", help="Draw the map there.")] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Where to work; cells that are finished there are kept. A new folder in runs if "
            "it is left out.",
        ),
    ] = None,
) -> None:
    """Measure what the scalings cost against hidden width and batch size.

    Networks of 784 inputs, two hidden layers of one width and 10 outputs, in ONNX Runtime, in
    process, on one thread. The region in which the whole interval of the overhead lies beyond ±1 %
    is marked.
    """
    # Read before minutes are spent on measuring.
    wanted = {"--widths": number_list(widths), "--batches": number_list(batches)}
    for option, numbers in wanted.items():
        _require_useful(option, numbers)
    from perbillion.break_even.break_even_result import (  # noqa: PLC0415 - needs [compare]
        BreakEvenPlan,
    )
    from perbillion.break_even.map_picture import map_svg  # noqa: PLC0415
    from perbillion.break_even.map_text import LEGEND, map_sheet, region_sentence  # noqa: PLC0415
    from perbillion.break_even.measuring import measure_map  # noqa: PLC0415

    folder = out or RunDirectory.create(Path("runs"), "break-even").root
    plan = BreakEvenPlan(widths=wanted["--widths"], batches=wanted["--batches"])
    with ConsoleProgress() as progress:
        try:
            result = measure_map(plan, folder, progress)
        except KeyboardInterrupt:
            progress.say(f"finished cells are kept; the same command with --out {folder} goes on")
            raise
    if svg is not None:
        write_atomically(svg, map_svg(result).encode())
    if json is not None and str(json) != "-":
        result.save(json)
    if str(json) == "-":
        typer.echo(result.model_dump_json(indent=2))
        return
    console = Console()
    map_sheet(result).show(console)
    show_lines(console, (LEGEND, region_sentence(result)))


def _require_useful(option: str, numbers: tuple[int, ...]) -> None:
    """Refuse numbers out of order, for the map would be, and too large ones.

    Raises
    ------
    ExperimentError
        If there is such a number.
    """
    if list(numbers) != sorted(numbers):
        raise ExperimentError(
            f"{','.join(map(str, numbers))} is not ascending", where=option, remedy="sort it"
        )
    if numbers[-1] > _LARGEST:
        raise ExperimentError(
            f"{numbers[-1]} is too large", where=option, remedy=f"give at most {_LARGEST}"
        )
