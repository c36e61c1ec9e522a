"""The plan of a run directory, of whichever kind it is."""

from __future__ import annotations

from pathlib import Path

from contract.comparison_plan import ComparisonPlan
from contract.experiment import Experiment
from contract.measurement_plan import MeasurementPlan
from contract.run_directory import RunDirectory


def load_plan(directory: RunDirectory) -> MeasurementPlan:
    """Read the plan of a run: the lecture's experiment, or a comparison of two models.

    Raises
    ------
    ExperimentError
        If it cannot be read, or a key or value cannot be used.
    """
    if directory.comparison_toml.is_file():
        return ComparisonPlan.load(directory.comparison_toml)
    return Experiment.load(directory.experiment_toml)


def plan_file(plan: MeasurementPlan, directory: RunDirectory) -> Path:
    """Return where a plan of this kind lies."""
    if isinstance(plan, ComparisonPlan):
        return directory.comparison_toml
    return directory.experiment_toml
