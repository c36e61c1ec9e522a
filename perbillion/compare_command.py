"""``perbillion compare``: what one model costs beside another."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from console.experiment_options import ProfileName, Settings, overrides_from
from console.progress import ConsoleProgress
from console.quantity import duration_seconds, named_sizes, number_list, share

if TYPE_CHECKING:
    from report.comparison.comparison import Comparison

_MARGIN = 0.01


def compare_command(  # noqa: PLR0913 - each is an option of the command line
    a: Annotated[
        str,
        typer.Argument(
            metavar="A.onnx",
            help="The reference: an ONNX file, or http://HOST:PORT/v2/models/NAME.",
            show_default=False,
        ),
    ],
    b: Annotated[
        str, typer.Argument(metavar="B.onnx", help="What is compared with it.", show_default=False)
    ],
    *,
    margin: Annotated[
        float | None,
        typer.Option(
            parser=share, metavar="1%", help="What difference does not matter; 1% if not given."
        ),
    ] = None,
    profile: ProfileName = None,
    budget: Annotated[
        float | None,
        typer.Option(
            parser=duration_seconds, metavar="2m", help="The time for measuring each batch size."
        ),
    ] = None,
    batch: Annotated[
        str, typer.Option(metavar="1,16,256", help="Rows of a request; each is measured by itself.")
    ] = "1",
    threads: Annotated[int, typer.Option(min=1, help="Threads of a session.")] = 1,
    inputs: Annotated[
        Path | None,
        typer.Option(help="Recorded requests (.npz, .jsonl) in place of made-up ones."),
    ] = None,
    size: Annotated[
        list[str] | None,
        typer.Option(metavar="NAME=N", help="The size of an open dimension, such as sequence=128."),
    ] = None,
    allow_different_outputs: Annotated[
        bool,
        typer.Option(
            "--allow-different-outputs",
            help="Compare models that do not compute one function, as quantised ones do not.",
        ),
    ] = False,
    baseline: Annotated[
        Path | None,
        typer.Option(
            metavar="comparison.json",
            help="An earlier comparison on this machine (comparison.json, or result.json of one "
            "batch size); the exit code is about the change.",
        ),
    ] = None,
    inconclusive: Annotated[
        Literal["fail", "pass"],
        typer.Option(help="Whether a verdict that stays open ends with exit code 4 or 0."),
    ] = "fail",
    json: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write comparison.json there; - prints it.")
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write the report there.")
    ] = None,
    markdown: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write a summary for a pull request there."),
    ] = None,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write JUnit's XML there.")
    ] = None,
    settings: Settings = None,
    out: Annotated[Path, typer.Option("--out", help="Where run directories are made.")] = Path(
        "runs"
    ),
) -> None:
    """Measure what model B costs beside model A.

    Checks that both compute one function, then measures them in turns, in process and over HTTP,
    with A against itself as the control. Ends with exit code 0 where B is not slower beyond the
    margin, 3 where it is, 4 where that stays open, 5 where the run does not count, 6 where the two
    compute different functions.
    """
    # Read before minutes are spent on measuring.
    batches, sizes = number_list(batch), named_sizes(size or ())
    overrides = overrides_from(settings)
    from perbillion.comparison.comparing import compare  # noqa: PLC0415 - needs the extra [compare]
    from perbillion.comparison.exit_code import exit_code_of  # noqa: PLC0415

    with ConsoleProgress() as progress:
        comparison = compare(
            a,
            b,
            batch=batches,
            threads=threads,
            margin=_MARGIN if margin is None else margin,
            profile=profile or "quick",
            budget_seconds=budget,
            inputs=inputs,
            sizes=sizes,
            allow_different_outputs=allow_different_outputs,
            baseline=baseline,
            out=out,
            settings=overrides,
            progress=progress,
        )
    passes = inconclusive == "pass"
    _write(comparison, json, html, markdown, junit, inconclusive_passes=passes)
    raise typer.Exit(exit_code_of(comparison.verdict, inconclusive_passes=passes))


def _write(  # noqa: PLR0913 - a file each
    comparison: Comparison,
    json: Path | None,
    html: Path | None,
    markdown: Path | None,
    junit: Path | None,
    *,
    inconclusive_passes: bool,
) -> None:
    from contract.document import write_atomically  # noqa: PLC0415 - as above
    from perbillion.comparison.comparing import comparison_html  # noqa: PLC0415
    from report.comparison.comparison_markdown import comparison_markdown  # noqa: PLC0415
    from report.comparison.comparison_text import comparison_text  # noqa: PLC0415
    from report.comparison.junit import junit_xml  # noqa: PLC0415

    if json is not None and str(json) != "-":
        comparison.save(json)
    if html is not None:
        write_atomically(html, comparison_html(comparison).encode())
    if markdown is not None:
        write_atomically(markdown, comparison_markdown(comparison).encode())
    if junit is not None:
        write_atomically(junit, junit_xml(comparison, inconclusive_passes=inconclusive_passes))
    as_json = json is not None and str(json) == "-"
    typer.echo(comparison.model_dump_json(indent=2) if as_json else comparison_text(comparison))
