"""The command line: one command a proof."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.controls import aa, comparisons, recovery
from benchmarks.controls.aa_page import aa_page
from benchmarks.controls.aa_result import AaPlan, AaResult
from benchmarks.controls.comparisons_page import comparisons_page
from benchmarks.controls.comparisons_result import ComparisonsPlan, ComparisonsResult
from benchmarks.controls.recovery_page import recovery_page
from benchmarks.controls.recovery_plan import RecoveryPlan
from benchmarks.controls.recovery_result import RecoveryResult
from benchmarks.pages.page import RESULTS, Page, save

app = typer.Typer(add_completion=False, pretty_exceptions_enable=False, no_args_is_help=True)

_AA, _RECOVERY, _COMPARISONS = AaPlan(), RecoveryPlan(), ComparisonsPlan()
_FAILED = 1

Out = Annotated[Path, typer.Option(help="The folder of the result.")]
Seed = Annotated[int, typer.Option(help="All seeds follow from it.")]


@app.callback()
def main() -> None:
    """Prove the method on real servers; each command writes one page of results."""


@app.command("aa")
def aa_command(  # noqa: PLR0913 - one parameter an option
    *,
    campaigns: Annotated[int, typer.Option(min=1, help="How many.")] = _AA.campaigns,
    pairs: Annotated[int, typer.Option(min=6, help="Units of each.")] = _AA.pairs,
    seconds: Annotated[
        float, typer.Option(min=0.1, help="Of rounds, in each start.")
    ] = _AA.seconds_per_start,
    seed: Seed = _AA.seed,
    minutes: Annotated[
        float, typer.Option(min=0, help="After so many no campaign begins any more.")
    ] = 45.0,
    work: Annotated[
        Path, typer.Option(help="Where it works; a sitting that was cut short goes on there.")
    ] = Path("runs/aa"),
    out: Out = RESULTS,
) -> None:
    """Measure a model against itself, again and again, and count false alarms."""
    plan = AaPlan(campaigns=campaigns, pairs=pairs, seconds_per_start=seconds, seed=seed)
    result = aa.measure_aa(work.absolute(), plan, minutes, typer.echo)
    if not result.complete:
        typer.echo(f"{len(result.campaigns)} of {campaigns}: the same command goes on")
        raise typer.Exit(_FAILED)
    _publish(result, aa_page(result), out)
    aa.clear(work)
    if not result.passed:
        raise typer.Exit(_FAILED)


@app.command("recovery")
def recovery_command(  # noqa: PLR0913 - one parameter an option
    *,
    served_pairs: Annotated[
        int, typer.Option(min=6, help="Pairs of server starts.")
    ] = _RECOVERY.served_pairs,
    seconds: Annotated[
        float, typer.Option(min=0.1, help="Of rounds, in each server start.")
    ] = _RECOVERY.seconds_per_start,
    in_process_pairs: Annotated[
        int, typer.Option(min=6, help="Pairs of processes, twice.")
    ] = _RECOVERY.in_process_pairs,
    rounds: Annotated[
        int, typer.Option(min=1, help="Rounds in each process.")
    ] = _RECOVERY.rounds_per_start,
    seed: Seed = _RECOVERY.seed,
    out: Out = RESULTS,
) -> None:
    """Measure differences whose size is known, and see whether they come back."""
    plan = RecoveryPlan(
        served_pairs=served_pairs,
        seconds_per_start=seconds,
        in_process_pairs=in_process_pairs,
        rounds_per_start=rounds,
        seed=seed,
    )
    with tempfile.TemporaryDirectory(prefix="recovery-") as folder:
        result = recovery.measure_recovery(Path(folder) / "bench", plan, typer.echo)
    _publish(result, recovery_page(result), out)
    if not result.recovered:
        raise typer.Exit(_FAILED)


@app.command("compare")
def compare_command(  # noqa: PLR0913 - one parameter an option
    *,
    repetitions: Annotated[
        int, typer.Option(min=1, help="Of a model with itself.")
    ] = _COMPARISONS.repetitions,
    pairs: Annotated[int, typer.Option(min=6, help="Units of each.")] = _COMPARISONS.pairs,
    rounds: Annotated[
        int, typer.Option(min=1, help="Rounds in each process.")
    ] = _COMPARISONS.rounds,
    seconds: Annotated[
        float, typer.Option(min=0.1, help="Of rounds, in each server start.")
    ] = _COMPARISONS.seconds,
    seed: Seed = _COMPARISONS.seed,
    out: Out = RESULTS,
) -> None:
    """Compare models of which it is known what a comparison must say."""
    plan = ComparisonsPlan(
        repetitions=repetitions, pairs=pairs, rounds=rounds, seconds=seconds, seed=seed
    )
    with tempfile.TemporaryDirectory(prefix="compare-") as folder:
        result = comparisons.measure_comparisons(Path(folder), plan, typer.echo)
    _publish(result, comparisons_page(result), out)
    if not result.passed:
        raise typer.Exit(_FAILED)


@app.command("pages")
def pages_command(out: Out = RESULTS) -> None:
    """Write the pages anew from the results that are there, without measuring."""
    if (file := out / f"{aa.NAME}.json").is_file():
        aa_page(AaResult.load(file)).save(out)
    if (file := out / f"{recovery.NAME}.json").is_file():
        recovery_page(RecoveryResult.load(file)).save(out)
    if (file := out / f"{comparisons.NAME}.json").is_file():
        comparisons_page(ComparisonsResult.load(file)).save(out)


def _publish(result: AaResult | RecoveryResult | ComparisonsResult, page: Page, out: Path) -> None:
    save(result, page, out)
    typer.echo(page.markdown)
    typer.echo(f"wrote {out / f'{page.name}.md'}")
