"""The gate before any load: what the arms' outputs have to do with one another."""

from __future__ import annotations

from contract.agreement import Agreement
from contract.errors import EqualityError
from contract.measurement_plan import MeasurementPlan
from contract.traffic import Array, Traffic
from graph.equality import Equality, difference_told, equality_of_answers, measure_equality
from graph.prediction import answers_of
from loadtest.instruments.instrument import Subjects
from loadtest.remote.remote_model import RemoteModel


def agreements_of(
    experiment: MeasurementPlan, subjects: Subjects, traffic: Traffic
) -> dict[str, Agreement]:
    """Compare the arms with the reference on all requests.

    Parameters
    ----------
    experiment : MeasurementPlan
        Which arms are compared, and which must compute one function.
    subjects : Subjects
        Where the models are.
    traffic : Traffic
        What they are asked.

    Returns
    -------
    dict of str to Agreement
        By arm, without the reference.

    Raises
    ------
    EqualityError
        If an arm that must computes another function than the reference, or outputs cannot be
        compared at all.
    ArtifactError
        If a model cannot be loaded or run.
    ServingError
        If a model that is served elsewhere does not answer.
    """
    reference, *others = experiment.compared_arms
    if subjects.urls:
        found = _over_http(reference, others, subjects, traffic)
    else:
        models = {arm: subjects.models[arm] for arm in experiment.compared_arms}
        found = measure_equality(models, traffic)
    for arm in experiment.same_function_arms[1:]:
        if not found[arm].same_function:
            raise EqualityError(
                f"{arm!r} and {reference!r} do not compute the same function: "
                f"{difference_told(found[arm])}",
                where=experiment.model_of(arm) or str(subjects.models[arm]),
                remedy="cost can be compared only between models of one function; where outputs "
                "are meant to differ, as a quantised model's, --allow-different-outputs",
            )
    return {arm: equality.agreement() for arm, equality in found.items()}


def _over_http(
    reference: str, others: list[str], subjects: Subjects, traffic: Traffic
) -> dict[str, Equality]:
    expected = _answers(reference, subjects, traffic)
    return {arm: equality_of_answers(expected, _answers(arm, subjects, traffic)) for arm in others}


def _answers(arm: str, subjects: Subjects, traffic: Traffic) -> tuple[tuple[Array, ...], ...]:
    if arm in subjects.urls:
        return RemoteModel(subjects.urls[arm]).answers(traffic)
    return answers_of(subjects.models[arm], traffic)
