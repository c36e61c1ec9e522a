"""The experiment: every number a reader may change, with its default.

Values come, the later over the earlier, from the defaults below, the data set's and the
profile's (``contract.profile``), the user's TOML file, and flags.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, Literal, Self

import tomli_w
from pydantic import BaseModel, ConfigDict, Field, field_validator, model_validator

from contract.document import write_atomically
from contract.errors import ExperimentError, nearest
from contract.profile import DATA_DEFAULTS, PROFILES, merged
from contract.toml_file import TomlKind

ARMS: Mapping[str, str] = {
    "inverted": "no scaling at prediction: the reference",
    "regular": "activations scaled by 1-p at every prediction",
    "folded": "regular, its scalings multiplied into the weights at export",
    "again": "inverted a second time: the A/A control",
}
ACTIVATIONS = ("relu", "sigmoid", "tanh")

_TOML = TomlKind("experiment", ExperimentError)

Probability = Annotated[float, Field(ge=0, lt=1)]
Width = Annotated[int, Field(ge=1, le=65536)]


class _Section(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DataSection(_Section):
    """Which data; `folder` holds MNIST's four files, else they are downloaded."""

    name: Literal["digits", "mnist"] = "digits"
    folder: Path | None = None


class NetworkSection(_Section):
    """The lecture's MLP: hidden widths and, for each, the probability of dropping a unit."""

    hidden: tuple[Width, ...] = (75, 45)
    drop_probability: tuple[Probability, ...] = (0.5, 0.5)
    activation: str = "relu"

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


class TrainingSection(_Section):
    """Plain SGD, as in the lecture's notebook."""

    epochs: Annotated[int, Field(ge=1, le=10_000)] = 50
    batch_size: Annotated[int, Field(ge=1)] = 256
    learning_rate: Annotated[float, Field(gt=0, allow_inf_nan=False)] = 0.1


class ServedSection(_Section):
    """The served campaign: Locust against the server, one start after another."""

    pairs: Annotated[int, Field(ge=1)] = 6
    seconds_per_start: Annotated[float, Field(gt=0, le=600)] = 2.5
    warmup_rounds: Annotated[int, Field(ge=0)] = 200


class InProcessSection(_Section):
    """The paired in-process instrument, in fresh processes."""

    pairs: Annotated[int, Field(ge=1)] = 6
    rounds_per_start: Annotated[int, Field(ge=1)] = 10_000
    warmup_rounds: Annotated[int, Field(ge=0)] = 500


class VerdictSection(_Section):
    """The margin is a share of the reference's cost; `level` is the intervals' confidence."""

    margin: Annotated[float, Field(gt=0, lt=1)] = 0.01
    level: Annotated[float, Field(gt=0.5, lt=1)] = 0.95


class CostSection(_Section):
    """What a core costs."""

    usd_per_vcpu_hour: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.04


class SeedsSection(_Section):
    """One seed for each use of chance."""

    training: int = 123
    order: int = 1
    payload: int = 2
    load_order: int = 3


class Experiment(_Section):
    """Everything a run is determined by.

    Attributes
    ----------
    name : str
        Part of the run directory's name.
    profile : str
        ``quick``, ``standard`` or ``thorough``: which defaults were taken.
    arms : tuple of str
        The arms that are measured; the first is the reference and must be ``inverted``.
    """

    name: Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")] = "lecture"
    profile: str = "quick"
    arms: tuple[str, ...] = tuple(ARMS)
    data: DataSection = DataSection()
    network: NetworkSection = NetworkSection()
    training: TrainingSection = TrainingSection()
    served: ServedSection = ServedSection()
    in_process: InProcessSection = InProcessSection()
    verdict: VerdictSection = VerdictSection()
    cost: CostSection = CostSection()
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
        given = merged(_TOML.read(toml) if toml else {}, overrides or {})
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
        return _TOML.validated(cls, values, origin)

    @classmethod
    def load(cls, resolved: Path) -> Self:
        """Read the resolved experiment of a run directory.

        Raises
        ------
        ExperimentError
            As `resolve` does.
        """
        return _TOML.validated(cls, _TOML.read(resolved), str(resolved))

    def save(self, path: Path) -> None:
        """Write the experiment, resolved, as TOML.

        Raises
        ------
        ArtifactError
            If the folder cannot be written to.
        """
        values = self.model_dump(mode="json", exclude_none=True)
        write_atomically(path, tomli_w.dumps(values).encode())
