"""The command line. Stages are loaded when their command runs, so ``--help`` is instant."""

from __future__ import annotations

from importlib import metadata
from typing import Annotated

import typer

from console.edge import run_app
from export.command import export_command
from loadtest.command import load_command
from perbillion.break_even_command import break_even_command
from perbillion.claims_command import claims_command
from perbillion.compare_command import compare_command
from perbillion.doctor_command import doctor_command
from perbillion.fold_command import fold_command
from perbillion.inspect_command import inspect_command
from perbillion.run_command import run_command
from perbillion.runtimes_command import runtimes_command
from report.command import report_command
from serve.command import serve_command
from train.command import train_command

app = typer.Typer(
    name="perbillion",
    add_completion=False,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    help="What a difference in a served model's graph costs, per billion predictions.",
)
app.command("run")(run_command)
app.command("compare")(compare_command)
app.command("inspect")(inspect_command)
app.command("fold")(fold_command)
app.command("train")(train_command)
app.command("export")(export_command)
app.command("serve")(serve_command)
app.command("load")(load_command)
app.command("report")(report_command)
app.command("claims")(claims_command)
app.command("runtimes")(runtimes_command)
app.command("break-even")(break_even_command)
app.command("doctor")(doctor_command)


def _print_version(*, wanted: bool) -> None:
    if wanted:
        typer.echo(f"perbillion {metadata.version('perbillion')}")
        raise typer.Exit


@app.callback()
def _options(
    *,
    version: Annotated[
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Options of the command line itself."""


def main() -> None:
    """Run the command line; the entry point of ``perbillion``."""
    run_app(app)
