"""What was asked."""

from __future__ import annotations

from contract.experiment import Experiment
from report.result_part import ResultPart

CONTRAST = "regular"
CONTROL = "again"


class ExperimentFacts(ResultPart):
    """What was asked.

    Attributes
    ----------
    arms : tuple of str
        The reference first.
    contrast, control : str
        The arm the verdict is about, and the A/A control.
    margin : float
        Share of the reference's CPU per request below which a difference does not matter.
    level : float
        Confidence of the intervals.
    """

    name: str
    profile: str
    data: str
    hidden: tuple[int, ...]
    drop_probability: tuple[float, ...]
    activation: str
    arms: tuple[str, ...]
    contrast: str
    control: str
    margin: float
    level: float
    usd_per_vcpu_hour: float


def experiment_facts(experiment: Experiment) -> ExperimentFacts:
    """Tell of an experiment what a reader of its result needs."""
    return ExperimentFacts(
        name=experiment.name,
        profile=experiment.profile,
        data=experiment.data.name,
        hidden=experiment.network.hidden,
        drop_probability=experiment.network.drop_probability,
        activation=experiment.network.activation,
        arms=experiment.arms,
        contrast=CONTRAST,
        control=CONTROL,
        margin=experiment.verdict.margin,
        level=experiment.verdict.level,
        usd_per_vcpu_hour=experiment.cost.usd_per_vcpu_hour,
    )
