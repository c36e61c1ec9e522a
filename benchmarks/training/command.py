"""``python -m benchmarks.training``."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer

from benchmarks.pages.page import RESULTS
from benchmarks.training.result import TimedWay, TrainingResult, training_page
from benchmarks.training.timed_training import Timed
from contract.document import write_atomically
from contract.environment import observe
from contract.experiment import Experiment

# DropConnect has no plain loop beside it: with torch's own draw a training takes ten minutes.
_TRAININGS = (
    ("here", "none"),
    ("plain", "none"),
    ("here", "inverted"),
    ("plain", "inverted"),
    ("here", "dropconnect"),
)


def training_command(
    rounds: Annotated[int, typer.Option(min=1, help="How often each is trained.")] = 3,
    data: Annotated[str, typer.Option(help="digits or mnist.")] = "mnist",
    out: Annotated[Path, typer.Option(help="The folder of the result.")] = RESULTS,
) -> None:
    """Train the lecture's network, here and by a plain loop, in turns, and time it."""
    experiment = Experiment.resolve(profile="standard", overrides={"data": {"name": data}})
    load_before = os.getloadavg()[0]
    found: dict[tuple[str, str], list[Timed]] = {training: [] for training in _TRAININGS}
    for number in range(1, rounds + 1):
        for way, network in _TRAININGS:
            timed = _in_a_process(way, network, data)
            found[way, network].append(timed)
            typer.echo(f"round {number}: {network}, {way}: {timed.seconds:.1f} s")
    result = TrainingResult(
        measured=datetime.now(UTC).isoformat(timespec="seconds"),
        environment=observe({}),
        load_before=load_before,
        data=data,
        epochs=experiment.training.epochs,
        batch_size=experiment.training.batch_size,
        ways=tuple(
            TimedWay(way=way, network=network, rounds=tuple(rounds_of))
            for (way, network), rounds_of in found.items()
        ),
    )
    result.save(out / "training.json")
    write_atomically(out / "training.md", training_page(result).encode())
    typer.echo(f"wrote {out / 'training.md'}")


def _in_a_process(way: str, network: str, data: str) -> Timed:
    module = "benchmarks.training.timed_training"
    completed = subprocess.run(
        [sys.executable, "-P", "-m", module, way, network, data],
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return Timed.model_validate_json(completed.stdout)
