"""What was asked."""

from __future__ import annotations

from contract.comparison_plan import ComparisonPlan
from contract.experiment import Experiment
from contract.measurement_plan import Endpoint, MeasurementPlan
from contract.run_directory import RunDirectory
from report.result_part import ResultPart


class LectureFacts(ResultPart):
    """The network that the lecture's experiment trains."""

    data: str
    hidden: tuple[int, ...]
    drop_probability: tuple[float, ...]
    activation: str
    placement: str


class ComparisonFacts(ResultPart):
    """The two models of a comparison.

    Attributes
    ----------
    a, b : str
        The path or the URL of each.
    batch : int
        Rows of a request, where the models leave that open.
    served_elsewhere : bool
        Whether one of them is not served by us.
    allow_different_outputs : bool
        Whether they may compute different functions.
    """

    a: str
    b: str
    batch: int
    served_elsewhere: bool
    allow_different_outputs: bool


class ExperimentFacts(ResultPart):
    """What was asked.

    Attributes
    ----------
    arms : tuple of str
        The reference first.
    contrast, control : str
        The arm the verdict is about, and the A/A control.
    endpoint : str
        The instrument that makes the verdict.
    margin : float
        Share of the reference's level on that instrument below which a difference does not matter.
    level : float
        Confidence of the intervals.
    threads : int
        Of a model's session.
    rows_per_request : float
        Predictions that a request asks for.
    lecture, comparison : LectureFacts, ComparisonFacts or None
        Of the two kinds of run there are, the one that this is.
    """

    name: str
    profile: str
    arms: tuple[str, ...]
    contrast: str
    control: str
    endpoint: Endpoint
    margin: float
    level: float
    usd_per_vcpu_hour: float
    threads: int
    rows_per_request: float
    lecture: LectureFacts | None
    comparison: ComparisonFacts | None


def experiment_facts(plan: MeasurementPlan) -> ExperimentFacts:
    """Tell of a plan what a reader of its result needs."""
    return ExperimentFacts(
        name=plan.name,
        profile=plan.profile,
        arms=plan.arms,
        contrast=plan.contrast,
        control=plan.control,
        endpoint=plan.endpoint,
        margin=plan.verdict.margin,
        level=plan.verdict.level,
        usd_per_vcpu_hour=plan.cost.usd_per_vcpu_hour,
        threads=plan.threads,
        rows_per_request=plan.rows_per_request,
        lecture=_lecture(plan) if isinstance(plan, Experiment) else None,
        comparison=_comparison(plan) if isinstance(plan, ComparisonPlan) else None,
    )


def run_name(plan: MeasurementPlan, directory: RunDirectory) -> str:
    """Name a run; one of a comparison's by the comparison it belongs to."""
    root = directory.root
    return f"{root.parent.name}/{root.name}" if isinstance(plan, ComparisonPlan) else root.name


def _lecture(experiment: Experiment) -> LectureFacts:
    return LectureFacts(
        data=experiment.data.name,
        hidden=experiment.network.hidden,
        drop_probability=experiment.network.drop_probability,
        activation=experiment.network.activation,
        placement=experiment.network.placement,
    )


def _comparison(plan: ComparisonPlan) -> ComparisonFacts:
    return ComparisonFacts(
        a=plan.models.a,
        b=plan.models.b,
        batch=plan.traffic.batch,
        served_elsewhere=plan.served_elsewhere,
        allow_different_outputs=plan.allow_different_outputs,
    )
