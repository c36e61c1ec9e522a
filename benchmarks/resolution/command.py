"""``python -m benchmarks.resolution``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from benchmarks.pages.page import RESULTS, save
from benchmarks.resolution import sitting
from benchmarks.resolution.page import resolution_page
from benchmarks.resolution.result import ResolutionPlan, ResolutionResult

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False)

_DEFAULT = ResolutionPlan()
Out = Annotated[Path, typer.Option(help="The folder of the result.")]


@app.callback(invoke_without_command=True)
def resolution_command(  # noqa: PLR0913 - one parameter an option
    context: typer.Context,
    *,
    repetitions: Annotated[
        int, typer.Option(min=1, help="How often every method answers.")
    ] = _DEFAULT.repetitions,
    seconds: Annotated[
        float, typer.Option(min=1, help="What a method may take for an answer.")
    ] = _DEFAULT.seconds,
    seed: Annotated[int, typer.Option(help="All seeds follow from it.")] = _DEFAULT.seed,
    work: Annotated[
        Path, typer.Option(help="Where it works; a sitting that was cut short goes on there.")
    ] = Path("runs/resolution"),
    out: Out = RESULTS,
) -> None:
    """Compare models the usual way, with Locust and with wrk, and this project's way, in turns."""
    if context.invoked_subcommand is not None:
        return
    plan = ResolutionPlan(repetitions=repetitions, seconds=seconds, seed=seed)
    result = sitting.measure_resolution(work.absolute(), plan, typer.echo)
    page = resolution_page(result)
    save(result, page, out)
    sitting.clear(work)
    typer.echo(page.markdown)
    typer.echo(f"wrote {out / f'{page.name}.md'}")


@app.command("page")
def page_command(out: Out = RESULTS) -> None:
    """Write the page anew from the result that is there, without measuring."""
    resolution_page(ResolutionResult.load(out / f"{sitting.NAME}.json")).save(out)
