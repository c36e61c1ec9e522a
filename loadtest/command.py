"""``perbillion load``: the load stage on a run directory."""

from __future__ import annotations

from console.experiment_options import RunFolder
from console.progress import ConsoleProgress
from contract.plan_file import load_plan
from contract.run_directory import RunDirectory


def load_command(run: RunFolder) -> None:
    """Measure the exported models of a run: in process, and served under Locust's load.

    Starts that are finished are kept; the others are run.
    """
    from loadtest.stage import run_campaign  # noqa: PLC0415 - needs the extra [loadtest]

    directory = RunDirectory.open(run)
    with ConsoleProgress() as progress:
        record = run_campaign(load_plan(directory), directory, progress)
        progress.say(f"{len(record.starts)} starts measured; samples are in {directory.samples}")
