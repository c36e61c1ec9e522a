"""The command line of the benchmark: one command a figure."""

from __future__ import annotations

import shlex
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.pages.page import RESULTS, Page, save
from benchmarks.peers import batching, footprint, overload, peers, rows
from benchmarks.peers.batching_page import batching_page
from benchmarks.peers.catalogue import CONTENDERS
from benchmarks.peers.example_model import LARGE, MLP, ExampleModel
from benchmarks.peers.footprint_page import footprint_page
from benchmarks.peers.overload_page import overload_page
from benchmarks.peers.peers_page import peers_page
from benchmarks.peers.rows_page import rows_page
from benchmarks.peers.workbench import Workbench, open_workbench
from benchmarks.peers.wrk import WrkLoad
from contract.errors import LoadTestError, PerbillionError

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)

Seconds = Annotated[int, typer.Option(min=1, help="Seconds of one turn.")]
Rounds = Annotated[int, typer.Option(min=1, help="How often each takes its turn.")]
Only = Annotated[str, typer.Option(metavar="A,B", help="Only these, by their names.")]
ServeOptions = Annotated[
    str, typer.Option(metavar="'--a B'", help="Further options of perbillion's server.")
]
Out = Annotated[Path, typer.Option(help="The folder of the results.")]


@app.callback()
def main() -> None:
    """Measure perbillion's server beside its peers; each command writes one page of results."""


@app.command("install")
def install_command() -> None:
    """Install the peers, each into an environment of its own; what fails is told."""
    environments = {one.environment for one in CONTENDERS if one.environment is not None}
    for environment in sorted(environments, key=lambda one: one.name):
        typer.echo(f"installing {environment.name}")
        try:
            environment.install()
        except PerbillionError as error:
            typer.echo(f"  {error}")


@app.command("peers")
def peers_command(
    rounds: Rounds = 5,
    seconds: Seconds = 5,
    only: Only = "",
    serve_options: ServeOptions = "",
    out: Out = RESULTS,
) -> None:
    """Drive every contender in turns, requests per second; installs the peers first."""
    names = _chosen(only, [one.name for one in CONTENDERS])
    contenders = [one for one in CONTENDERS if one.name in names]
    plan = peers.PeersPlan(rounds=rounds, load=WrkLoad(seconds=seconds))
    with _bench(serve_options) as bench:
        result = peers.measure_peers(bench, contenders, plan, typer.echo)
    save(result, peers_page(result), out)


@app.command("rows")
def rows_command(
    rounds: Rounds = 3, seconds: Seconds = 2, serve_options: ServeOptions = "", out: Out = RESULTS
) -> None:
    """Measure predictions per second against rows per request, beside the bare session."""
    plan = rows.RowsPlan(rounds=rounds, load=WrkLoad(seconds=seconds))
    with _bench(serve_options) as bench:
        result = rows.measure_rows(bench, plan, typer.echo)
    save(result, rows_page(result), out)


@app.command("overload")
def overload_command(  # noqa: PLR0913 - one parameter an option
    *,
    rounds: Rounds = 3,
    seconds: Annotated[int, typer.Option(min=2, help="Seconds of one overload.")] = 20,
    connections: Annotated[
        int, typer.Option(min=1, help="Most connections of the generator.")
    ] = 512,
    only: Only = "",
    serve_options: ServeOptions = "",
    out: Out = RESULTS,
) -> None:
    """Overload the server, open loop: goodput, refusals, latency, memory."""
    plan = overload.OverloadPlan(
        rounds=rounds, seconds=seconds, connections=connections, models=_models(only)
    )
    with _bench(serve_options) as bench:
        result = overload.measure_overload(bench, plan, typer.echo)
    save(result, overload_page(result), out)


@app.command("batching")
def batching_command(
    rounds: Rounds = 3,
    seconds: Seconds = 3,
    only: Only = "",
    serve_options: ServeOptions = "",
    out: Out = RESULTS,
) -> None:
    """Measure throughput against connections, with dynamic batching off and on."""
    plan = batching.BatchingPlan(rounds=rounds, seconds=seconds, models=_models(only))
    with _bench(serve_options) as bench:
        result = batching.measure_batching(bench, plan, typer.echo)
    save(result, batching_page(result), out)


@app.command("footprint")
def footprint_command(
    rounds: Rounds = 5, serve_options: ServeOptions = "", out: Out = RESULTS
) -> None:
    """Measure memory and time to ready with eight arms."""
    plan = footprint.FootprintPlan(starts=rounds)
    with _bench(serve_options) as bench:
        result = footprint.measure_footprint(bench, plan, typer.echo)
    save(result, footprint_page(result), out)


@app.command("pages")
def pages_command(out: Out = RESULTS) -> None:
    """Write the pages anew from the results that are there, without measuring."""
    pages: list[Page] = []
    if (file := out / f"{peers.NAME}.json").is_file():
        pages.append(peers_page(peers.PeersResult.load(file)))
    if (file := out / f"{rows.NAME}.json").is_file():
        pages.append(rows_page(rows.RowsResult.load(file)))
    if (file := out / f"{overload.NAME}.json").is_file():
        pages.append(overload_page(overload.OverloadResult.load(file)))
    if (file := out / f"{batching.NAME}.json").is_file():
        pages.append(batching_page(batching.BatchingResult.load(file)))
    if (file := out / f"{footprint.NAME}.json").is_file():
        pages.append(footprint_page(footprint.FootprintResult.load(file)))
    for page in pages:
        page.save(out)
        typer.echo(f"wrote {page.name}.md and {page.name}.svg")


@contextmanager
def _bench(serve_options: str) -> Iterator[Workbench]:
    with open_workbench(tuple(shlex.split(serve_options))) as bench:
        yield bench


def _models(only: str) -> tuple[ExampleModel, ...]:
    names = _chosen(only, [LARGE.name, MLP.name])
    return tuple(model for model in (LARGE, MLP) if model.name in names)


def _chosen(only: str, known: Sequence[str]) -> tuple[str, ...]:
    """Return the names of ``--only``; all that are known where there are none.

    Raises
    ------
    LoadTestError
        If one is not known.
    """
    names = tuple(name.strip() for name in only.split(",") if name.strip())
    for name in names:
        if name not in known:
            raise LoadTestError(
                f"no {name!r}", where="--only", remedy=f"choose of {', '.join(known)}"
            )
    return names or tuple(known)
