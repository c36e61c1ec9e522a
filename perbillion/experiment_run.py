"""The whole experiment in order: train, export, load, report."""

from __future__ import annotations

from contract.experiment import Experiment
from contract.progress import Progress
from contract.run_directory import RunDirectory
from report.result import Result


def carry_out(directory: RunDirectory, progress: Progress) -> Result:
    """Carry out every stage that is not finished in a run directory.

    Raises
    ------
    PerbillionError
        Whatever a stage raises; what was finished before stays.
    """
    from export.stage import export_arms  # noqa: PLC0415 - each stage is loaded when it is needed
    from loadtest.stage import run_campaign  # noqa: PLC0415
    from report.stage import write_report  # noqa: PLC0415
    from train.stage import train_networks  # noqa: PLC0415

    experiment = Experiment.load(directory.experiment_toml)
    train_networks(experiment, directory, progress)
    export_arms(experiment, directory, progress)
    run_campaign(experiment, directory, progress)
    return write_report(directory)
