"""``perbillion report``: the report stage on a run directory."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from console.exit_codes import DONE, INVALID_RUN
from console.experiment_options import RunFolder
from contract.run_directory import RunDirectory

if TYPE_CHECKING:
    from report.result import Result


def report_command(
    run: RunFolder,
    *,
    json: Annotated[
        bool, typer.Option("--json", help="Print result.json, not the answer.")
    ] = False,
) -> None:
    """Make the answer from a run's samples: result.json, report.html and report.md.

    Prints the answer in a few lines and where the report is. A run that was cut short is
    reported on as far as it went.
    """
    from report.stage import write_report  # noqa: PLC0415 - needs the extra [report]

    directory = RunDirectory.open(run)
    tell(write_report(directory), directory, as_json=json)


def tell(result: Result, directory: RunDirectory, *, as_json: bool) -> None:
    """Print the answer and end the command: with exit code 5 where the run does not count."""
    from report.answer import answer_text  # noqa: PLC0415 - needs the extra [report]
    from stats.verdict import VerdictKind  # noqa: PLC0415

    typer.echo(result.model_dump_json(indent=2) if as_json else answer_text(result, directory))
    raise typer.Exit(INVALID_RUN if result.verdict.kind is VerdictKind.INVALID else DONE)
