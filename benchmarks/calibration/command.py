"""``python -m benchmarks.calibration``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from benchmarks.calibration.calibration import CalibrationPlan, calibrate
from benchmarks.calibration.calibration_page import NAME, calibration_page
from benchmarks.calibration.demand import demands
from benchmarks.pages.page import RESULTS, save

_DEFAULT = CalibrationPlan()


def calibration_command(
    campaigns: Annotated[
        int, typer.Option(min=2, help="Simulated campaigns of each kind in each scenario.")
    ] = _DEFAULT.campaigns,
    seed: Annotated[
        int, typer.Option(help="With the same one the figures are the same.")
    ] = _DEFAULT.seed,
    out: Annotated[Path, typer.Option(help="The folder of the result.")] = RESULTS,
) -> None:
    """Hold the intervals against simulated campaigns whose truth is known."""
    result = calibrate(CalibrationPlan(campaigns=campaigns, seed=seed), typer.echo)
    save(result, calibration_page(result), out)
    for demand in demands(result):
        if not demand.met:
            typer.echo(f"not met: {demand.says}: {demand.rate.share:.2%} in {demand.scenario!r}")
    typer.echo(f"wrote {out / NAME}.md")
