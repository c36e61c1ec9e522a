"""A new run: its directory, what it is determined by, and where it is made."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from contract.environment import observe
from contract.measurement_plan import MeasurementPlan
from contract.plan_file import plan_file
from contract.run_directory import RunDirectory


@contextmanager
def new_run(experiment: MeasurementPlan, parent: Path) -> Iterator[RunDirectory]:
    """Make a run directory; it is taken away again if nothing came of the run.

    Bad input is often found only when the work begins (a damaged data file). A run that
    fails before its first network is trained leaves nothing behind; one that fails later
    keeps its directory, for there is work in it to go on with.

    Raises
    ------
    ArtifactError
        If the directory cannot be made.
    """
    directory = RunDirectory.create(parent, experiment.name)
    try:
        describe_run(experiment, directory)
        yield directory
    except BaseException:
        if not directory.holds_work:
            shutil.rmtree(directory.root)
        raise


def describe_run(experiment: MeasurementPlan, directory: RunDirectory) -> None:
    """Write what a run is determined by, and where it is made.

    Raises
    ------
    ArtifactError
        If the directory cannot be written to.
    """
    experiment.save(plan_file(experiment, directory))
    observe(experiment.seeds.model_dump()).save(directory.environment_json)
