"""The experiment: every number a reader may change, with its default.

Values come, the later over the earlier, from the defaults below, the data set's and the
profile's (``contract.profile``), the user's TOML file, and flags.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Literal, Self

from pydantic import Field, field_validator, model_validator

from contract.architecture import ACTIVATIONS, Architecture
from contract.errors import ExperimentError, nearest
from contract.graph_card import GraphCard, ModelCard
from contract.measurement_plan import TOML, MeasurementPlan, RunName
from contract.profile import DATA_DEFAULTS, PROFILES, merged
from contract.sections import MeasuringSeeds, Section

ARMS: Mapping[str, str] = {
    "inverted": "no scaling at prediction: the reference",
    "regular": "activations scaled by 1-p at every prediction",
    "folded": "regular, its scalings multiplied into the weights at export",
    "again": "inverted a second time: the A/A control",
    "regular-x2": "regular, each scaling split into 2 multiplications by (1-p)^(1/2)",
    "regular-x4": "regular, each scaling split into 4 multiplications by (1-p)^(1/4)",
    "regular-x8": "regular, each scaling split into 8 multiplications by (1-p)^(1/8)",
    "null": "a model that only copies: what everything but the network costs",
    "dropconnect": "another network, trained with DropConnect, by its mean weights",
    "dropconnect-sampled": "the same by Gaussian samples at every prediction, averaged",
}
NULL_ARM = "null"
DROPCONNECT_ARMS = ("dropconnect", "dropconnect-sampled")
"""Arms of the network with DropConnect, their own reference first; the second is random."""
# Arms that compute another function take no part in the equality gate.
OTHER_FUNCTION = (NULL_ARM, *DROPCONNECT_ARMS)
DOSE_ARMS: Mapping[str, int] = {"regular": 1, "regular-x2": 2, "regular-x4": 4, "regular-x8": 8}
"""Arms of the dose-response series, with the multiplications that each scaling is split into."""
# Fewer arms in a round make more rounds in the same time, and narrower intervals: the verdict's
# campaign serves these, the dose-response has one of its own.
_VERDICT_ARMS = ("inverted", "regular", "folded", "again")

Probability = Annotated[float, Field(ge=0, lt=1)]
Width = Annotated[int, Field(ge=1, le=65536)]


class DataSection(Section):
    """Which data; `folder` holds MNIST's four files, else they are downloaded."""

    name: Literal["digits", "mnist"] = "digits"
    folder: Path | None = None


class NetworkSection(Section):
    """The lecture's MLP: hidden widths and, for each, the probability of dropping a unit.

    `placement`: whether units are dropped after the activation or before it.
    `dropconnect_samples`: k of DropConnect's inference by sampling.
    """

    hidden: tuple[Width, ...] = (75, 45)
    drop_probability: tuple[Probability, ...] = (0.5, 0.5)
    activation: str = "relu"
    placement: Literal["after", "before"] = "after"
    dropconnect_samples: Annotated[int, Field(ge=1, le=10_000)] = 100

    @model_validator(mode="before")
    @classmethod
    def _one_probability_for_all(cls, values: object) -> object:
        if isinstance(values, dict) and isinstance(values.get("drop_probability"), int | float):
            hidden = values.get("hidden", cls.model_fields["hidden"].default)
            return {**values, "drop_probability": [values["drop_probability"]] * len(hidden)}
        return values

    @field_validator("activation")
    @classmethod
    def _known(cls, name: str) -> str:
        if name not in ACTIVATIONS:
            raise ValueError(f"no activation {name!r} ({nearest(name, ACTIVATIONS)})")
        return name

    @model_validator(mode="after")
    def _one_probability_a_layer(self) -> Self:
        if not self.hidden:
            raise ValueError("at least one hidden layer is needed: dropout acts on hidden layers")
        if len(self.drop_probability) != len(self.hidden):
            raise ValueError(
                f"{len(self.drop_probability)} drop probabilities for {len(self.hidden)} hidden "
                "layers: give one for each, or a single number for all"
            )
        return self


class TrainingSection(Section):
    """Plain SGD, as in the lecture's notebook."""

    epochs: Annotated[int, Field(ge=1, le=10_000)] = 50
    batch_size: Annotated[int, Field(ge=1)] = 256
    learning_rate: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 0.1


class SeedsSection(MeasuringSeeds):
    """One seed for each use of chance."""

    training: int = 123


class Experiment(MeasurementPlan):
    """Everything a run of the lecture's experiment is determined by.

    Attributes
    ----------
    arms : tuple of str
        The arms that are measured; the first is the reference and must be ``inverted``.
    """

    contrast: ClassVar[str] = "regular"
    card_type: ClassVar[type[GraphCard]] = ModelCard
    resume_command: ClassVar[str] = "perbillion run --resume RUN_DIR"
    name: RunName = "lecture"
    arms: tuple[str, ...] = tuple(ARMS)
    data: DataSection = DataSection()
    network: NetworkSection = NetworkSection()
    training: TrainingSection = TrainingSection()
    seeds: SeedsSection = SeedsSection()

    @field_validator("arms")
    @classmethod
    def _known_arms(cls, arms: tuple[str, ...]) -> tuple[str, ...]:
        for arm in arms:
            if arm not in ARMS:
                raise ValueError(f"no arm {arm!r} ({nearest(arm, ARMS)})")
        if len(set(arms)) != len(arms):
            raise ValueError("an arm is named twice; the A/A control is the arm 'again'")
        missing = [arm for arm in ("inverted", "regular", "again") if arm not in arms]
        if missing or arms[0] != "inverted":
            raise ValueError(
                "the reference 'inverted' comes first, and 'regular' and the A/A control "
                f"'again' are always measured; given: {', '.join(arms)}"
            )
        return arms

    @property
    def in_process_arms(self) -> tuple[str, ...]:
        """The arms that are measured in process, the reference first."""
        return tuple(arm for arm in self.arms if arm not in DROPCONNECT_ARMS)

    @property
    def verdict_arms(self) -> tuple[str, ...]:
        """The arms of the served campaign that makes the verdict, the reference first."""
        return tuple(arm for arm in self.arms if arm in _VERDICT_ARMS)

    @property
    def dose_arms(self) -> tuple[str, ...]:
        """The arms of the served dose-response campaign, the reference first."""
        others = (*DOSE_ARMS, NULL_ARM)
        return (self.arms[0], *(arm for arm in self.arms if arm in others))

    @property
    def dropconnect_arms(self) -> tuple[str, ...]:
        """The arms of the served DropConnect campaign; empty where one of the two is missing."""
        return DROPCONNECT_ARMS if set(DROPCONNECT_ARMS) <= set(self.arms) else ()

    @property
    def same_function_arms(self) -> tuple[str, ...]:
        """The arms that compute the reference's function, the reference first."""
        return tuple(arm for arm in self.arms if arm not in OTHER_FUNCTION)

    def architecture(self, dropout: str, *, features: int, classes: int) -> Architecture:
        """Return what the experiment's network is made of, with one kind of dropout.

        Parameters
        ----------
        dropout : str
            One of `contract.architecture.DROPOUTS`.
        features, classes : int
            Numbers of an example, and classes to tell apart: the data's.
        """
        network = self.network
        dropped = network.drop_probability
        return Architecture(
            layer_widths=(features, *network.hidden, classes),
            drop_probabilities=(0.0,) * len(dropped) if dropout == "none" else dropped,
            dropout=dropout,
            activation=network.activation,
            placement=network.placement,
        )

    @classmethod
    def resolve(
        cls,
        *,
        toml: Path | None = None,
        profile: str | None = None,
        overrides: Mapping[str, Any] | None = None,
    ) -> Self:
        """Put an experiment together from a file and flags.

        Parameters
        ----------
        toml : Path, optional
            The user's ``experiment.toml``.
        profile : str, optional
            The profile's name, over the one in the file.
        overrides : mapping, optional
            Nested values from flags, over everything else.

        Raises
        ------
        ExperimentError
            If the file cannot be read, or a key or value cannot be used; names the key,
            the nearest valid one, and the file.
        """
        given = merged(TOML.read(toml) if toml else {}, overrides or {})
        origin = str(toml) if toml else "the command line"
        chosen = profile or given.get("profile", "quick")
        if chosen not in PROFILES:
            raise ExperimentError(
                f"no profile {chosen!r}", where=origin, remedy=nearest(str(chosen), PROFILES)
            )
        data = given.get("data")
        data_name = data.get("name", "digits") if isinstance(data, dict) else "digits"
        defaults = merged(DATA_DEFAULTS.get(str(data_name), {}), PROFILES[chosen])
        by_data = defaults.pop("by_data", {})
        defaults = merged(defaults, by_data.get(str(data_name), {}))
        values = merged(merged(defaults, given), {"profile": chosen})
        return TOML.validated(cls, values, origin)
