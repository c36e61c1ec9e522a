"""``python -m benchmarks.fuzz``."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from benchmarks.fuzz.result import fuzz_page
from benchmarks.fuzz.sitting import run_sitting
from contract.document import write_atomically
from contract.errors import ServingError

_RESULTS = Path(__file__).parent.parent.parent / "docs" / "results"


def fuzz_command(
    requests: Annotated[int, typer.Option(min=1, help="About how many are sent.")] = 100_000,
    number: Annotated[int, typer.Option(help="With the same one they are the same.")] = 1,
    out: Annotated[Path, typer.Option(help="The folder of the result.")] = _RESULTS,
) -> None:
    """Send generated requests to a server of its own, and write what they came to."""
    result = run_sitting(requests, number, typer.echo)
    result.save(out / "fuzz.json")
    write_atomically(out / "fuzz.md", fuzz_page(result).encode())
    for finding in result.findings:
        typer.echo(finding)
    if result.findings:
        raise ServingError(
            f"{len(result.findings)} findings", where=str(out / "fuzz.json"), remedy="see above"
        )
    typer.echo(f"{result.requests:,} requests, no finding; wrote {out / 'fuzz.md'}")
