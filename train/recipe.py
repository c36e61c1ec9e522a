"""Recipes: which networks are trained, and what of the experiment is fixed for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from contract.errors import ExperimentError, nearest
from contract.experiment import Experiment
from train.plan import NetworkPlan, plans

RECIPES: Mapping[str, str] = {
    "lecture": "the networks that the experiment's arms and the lecture's claims are made from",
    "notebook": "the two networks of the lecture's notebook, by its numbers, on MNIST",
}
# rasbt/stat453-deep-learning-ss21, L10/code/dropout.ipynb.
_NOTEBOOK: Mapping[str, Mapping[str, Any]] = {
    "data": {"name": "mnist"},
    "network": {
        "hidden": (75, 45),
        "drop_probability": (0.5, 0.5),
        "activation": "relu",
        "placement": "after",
    },
    "training": {"batch_size": 256, "learning_rate": 0.1},
    "seeds": {"training": 123},
}
NOTEBOOK_EPOCHS = 50
_NOTEBOOK_NETWORKS = ("none", "inverted")


def recipe_settings(recipe: str) -> list[str]:
    """Return what a recipe sets where its user says nothing, as ``--set`` takes it.

    Raises
    ------
    ExperimentError
        If there is no such recipe.
    """
    if recipe not in RECIPES:
        raise ExperimentError(
            f"no recipe {recipe!r}", where="--recipe", remedy=nearest(recipe, RECIPES)
        )
    if recipe == "notebook":
        return [f"name={recipe}", f"training.epochs={NOTEBOOK_EPOCHS}"]
    return []


def recipe_plans(recipe: str, experiment: Experiment) -> tuple[NetworkPlan, ...]:
    """Return the networks that a recipe trains.

    Raises
    ------
    ExperimentError
        If the experiment is not what the recipe is about. Epochs are free: the notebook's first
        ones come out as printed however many follow.
    """
    if recipe == "notebook":
        _require_notebook(experiment)
        return tuple(plan for plan in plans(experiment) if plan.name in _NOTEBOOK_NETWORKS)
    return plans(experiment)


def _require_notebook(experiment: Experiment) -> None:
    for section, keys in _NOTEBOOK.items():
        for key, fixed in keys.items():
            found = getattr(getattr(experiment, section), key)
            if found != fixed:
                raise ExperimentError(
                    f"the notebook has {_told(fixed)}, not {_told(found)}",
                    where=f"{section}.{key}",
                    remedy="add --data mnist" if key == "name" else "leave it out",
                )


def _told(value: object) -> str:
    return str(list(value)) if isinstance(value, tuple) else str(value)
