"""``perbillion claims``: the lecture's claims, each with its verdict."""

from __future__ import annotations

import shlex
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from console.experiment_options import DataFolder, experiment_from
from console.progress import ConsoleProgress
from contract.errors import ArtifactError
from contract.experiment import DataSection

if TYPE_CHECKING:
    from perbillion.claims.claims_run import ClaimsOrder

_RUNS = Path("runs")


def claims_command(  # noqa: PLR0913 - each is an option of the command line
    *,
    data: Annotated[str, typer.Option("--data", help="The data set: digits or mnist.")] = "digits",
    data_dir: DataFolder = None,
    out: Annotated[
        Path,
        typer.Option(
            "--out", metavar="DIR", help="Where ledger and networks go, in a folder a data set."
        ),
    ] = Path("claims"),
    runs: Annotated[
        Path | None,
        typer.Option(
            metavar="DIR",
            help="Where to look for the newest run that says what serving costs; runs if it is "
            "left out.",
        ),
    ] = None,
    workers: Annotated[
        int | None,
        typer.Option(min=1, help="Trainings side by side; one a core if it is left out."),
    ] = None,
    sweep_epochs: Annotated[
        int | None,
        typer.Option(
            min=1, help="Epochs of the sweep over widths; as many as fit the time if left out."
        ),
    ] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Tell what there is to train; do nothing.")
    ] = False,
    json: Annotated[
        bool, typer.Option("--json", help="Print the ledger as JSON, not as text.")
    ] = False,
) -> None:
    """Settle the lecture's thirteen claims: train, try, read what serving costs, judge.

    Networks that are trained already are kept, so a ledger that was cut short goes on. What serving
    costs comes from the newest run of `perbillion run` that counts; that run's report shows the
    ledger too. Prints each claim with its verdict and where the page is.
    """
    section = experiment_from(None, None, data, data_dir, None).data
    if runs is not None:
        _require_folder(runs)
    from perbillion.claims.claims_run import ClaimsOrder, carry_out  # noqa: PLC0415 - needs [all]
    from report.lecture.ledger_text import ledger_text  # noqa: PLC0415
    from train.evidence.catalogue import catalogue  # noqa: PLC0415

    order = ClaimsOrder(
        catalogue=catalogue(section.name, sweep_epochs),
        data=section,
        folder=out / section.name,
        runs=_RUNS if runs is None else runs,
        workers=workers,
        command=_command(section, sweep_epochs),
    )
    if dry_run:
        typer.echo(_plan(order))
        return
    _require_writable(order.folder)
    with ConsoleProgress() as progress:
        try:
            ledger = carry_out(order, progress)
        except KeyboardInterrupt:
            progress.say("finished networks are kept; the same command goes on")
            raise
    page = order.folder / "claims.html"
    typer.echo(ledger.model_dump_json(indent=2) if json else ledger_text(ledger, page))


def _plan(order: ClaimsOrder) -> str:
    """Say what there is to train, and where what is served comes from."""
    from perbillion.claims.newest_run import newest_run  # noqa: PLC0415 - needs [report]

    served = newest_run(order.runs)
    run = f"none in {order.runs} that counts" if served is None else served.result.run
    return f"networks  {order.training_ahead().told}\nserved    {run}\nledger    {order.folder}"


def _command(section: DataSection, sweep_epochs: int | None) -> str:
    """Write the command that makes a ledger anew, on whichever machine."""
    longer = [] if sweep_epochs is None else ["--sweep-epochs", str(sweep_epochs)]
    return shlex.join(["perbillion", "claims", "--data", section.name, *longer])


def _require_folder(runs: Path) -> None:
    """Refuse a folder that is not there, where one was named.

    Raises
    ------
    ArtifactError
        If it is no folder.
    """
    if not runs.is_dir():
        raise ArtifactError(
            "no such folder", where=str(runs), remedy="name the folder that holds your runs"
        )


def _require_writable(folder: Path) -> None:
    """Find out before minutes are spent on training.

    Raises
    ------
    ArtifactError
        If nothing can be written there.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            pass
    except OSError as error:
        raise ArtifactError(
            f"cannot write: {error.strerror or error}",
            where=str(folder),
            remedy="choose a folder that you may write to with --out",
        ) from error
