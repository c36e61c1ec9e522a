"""``python -m benchmarks.workers``."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.workers.killing import KillPlan, measure_kills
from benchmarks.workers.result import workers_page
from contract.document import write_atomically

_RESULTS = Path(__file__).parent.parent.parent / "docs" / "results"
_DEFAULT = KillPlan()


def workers_command(
    kills: Annotated[int, typer.Option(min=1, help="How often a worker is killed.")] = (
        _DEFAULT.kills
    ),
    workers: Annotated[int, typer.Option(min=2, help="How many there are.")] = _DEFAULT.workers,
    connections: Annotated[
        int, typer.Option(min=1, help="Each has a request in flight at any time.")
    ] = _DEFAULT.connections,
    out: Annotated[Path, typer.Option(help="The folder of the result.")] = _RESULTS,
) -> None:
    """Kill workers of a server under load, one after the other, and count what that costs."""
    plan = KillPlan(kills=kills, workers=workers, connections=connections)
    result = asyncio.run(measure_kills(plan, typer.echo))
    result.save(out / "workers.json")
    write_atomically(out / "workers.md", workers_page(result).encode())
    typer.echo(f"wrote {out / 'workers.md'}")
