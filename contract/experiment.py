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
    "regular-x2": "regular, each scaling split into 2 multiplications by (1-p)^(1/2)",
    "regular-x4": "regular, each scaling split into 4 multiplications by (1-p)^(1/4)",
    "regular-x8": "regular, each scaling split into 8 multiplications by (1-p)^(1/8)",
    "null": "a model that only copies: what everything but the network costs",
}
NULL_ARM = "null"
# Arms that compute another function take no part in the equality gate.
OTHER_FUNCTION = (NULL_ARM,)
DOSE_ARMS: Mapping[str, int] = {"regular": 1, "regular-x2": 2, "regular-x4": 4, "regular-x8": 8}
"""Arms of the dose-response series, with the multiplications that each scaling is split into."""
# Fewer arms in a round make more rounds in the same time, and narrower intervals: the verdict's
# campaign serves these, the dose-response has one of its own.
_VERDICT_ARMS = ("inverted", "regular", "folded", "again")
ACTIVATIONS = ("relu", "sigmoid", "tanh")

_TOML = TomlKind("experiment", ExperimentError)

Probability = Annotated[float, Field(ge=0, lt=1)]
# Sessions of each arm in one start, asked in turn at random: where a session's memory happens
# to lie is part of what it costs, and their mean varies less from start to start.
Copies = Annotated[int, Field(ge=1, le=16)]
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
    """The served campaign that makes the verdict: Locust against one server after another.

    `pairs` is the most units; the campaign ends earlier where `stopping` says so. `realtime`: the
    server gets a real-time priority where that is allowed. Each start
    ends with blocks of one arm, whose cost is read from outside: the cross-check of the server's
    own clock.
    """

    pairs: Annotated[int, Field(ge=1)] = 6
    seconds_per_start: Annotated[float, Field(gt=0, le=600)] = 2.5
    warmup_rounds: Annotated[int, Field(ge=0)] = 200
    copies: Copies = 1
    realtime: bool = True
    blocks_per_arm: Annotated[int, Field(ge=0, le=1000)] = 20
    requests_per_block: Annotated[int, Field(ge=1, le=100_000)] = 10


class DosesSection(_Section):
    """The served campaign of the dose-response series and the null arm; 0 pairs: none."""

    pairs: Annotated[int, Field(ge=0)] = 0
    seconds_per_start: Annotated[float, Field(gt=0, le=600)] = 4.0
    warmup_rounds: Annotated[int, Field(ge=0)] = 200
    copies: Copies = 1
    realtime: bool = True


class InProcessSection(_Section):
    """The paired in-process instrument, in fresh processes."""

    pairs: Annotated[int, Field(ge=1)] = 6
    rounds_per_start: Annotated[int, Field(ge=1)] = 10_000
    warmup_rounds: Annotated[int, Field(ge=0)] = 500
    copies: Copies = 1


class CapacitySection(_Section):
    """Saturated blocks, and the largest Poisson rate that holds a latency objective.

    0 pairs: not measured. A block counts where the server's core was at least
    `busy_share` busy.
    """

    pairs: Annotated[int, Field(ge=0)] = 0
    connections: Annotated[int, Field(ge=1, le=1000)] = 16
    blocks_per_arm: Annotated[int, Field(ge=1, le=100)] = 2
    seconds_per_block: Annotated[float, Field(gt=0, le=60)] = 0.5
    busy_share: Annotated[float, Field(gt=0, le=1)] = 0.97
    objective_ms: Annotated[float, Field(gt=0)] = 5.0
    objective_percentile: Annotated[float, Field(gt=0, lt=1)] = 0.99
    probes: Annotated[int, Field(ge=0, le=20)] = 4
    seconds_per_probe: Annotated[float, Field(gt=0, le=60)] = 1.0


class InstructionsSection(_Section):
    """Instructions per inference, counted by Valgrind's callgrind where it is installed."""

    enabled: bool = False
    inferences: Annotated[int, Field(ge=1, le=100_000)] = 200


class StoppingSection(_Section):
    """When the served campaign looks, and when it ends.

    Attributes
    ----------
    looks : tuple of int
        Units after which it looks and may end; as many as are planned share the error, so a
        look costs width (docs/method.md). Empty: once, at the end.
    resolution : float or None
        A half-width, as a share of the reference's cost, that it goes on for although the verdict
        is settled; None: a settled verdict is enough.
    resolve : float or None
        A half-width that is planned for by Stein's two stages, in place of looks.
    budget_seconds : float or None
        How long all measuring may take; decides how many units there are at most.
    steal_share : float
        A start during which the hypervisor took more than this share of the cores' time is
        run again.
    reruns : int
        How many starts of a campaign may be run again.
    """

    looks: tuple[Annotated[int, Field(ge=6)], ...] = ()
    resolution: Annotated[float, Field(gt=0, lt=1)] | None = None
    resolve: Annotated[float, Field(gt=0, lt=1)] | None = None
    budget_seconds: Annotated[float, Field(gt=0, le=86_400)] | None = None
    steal_share: Annotated[float, Field(gt=0, le=1)] = 0.02
    reruns: Annotated[int, Field(ge=0)] = 4

    @field_validator("looks")
    @classmethod
    def _ascending(cls, looks: tuple[int, ...]) -> tuple[int, ...]:
        if list(looks) != sorted(set(looks)):
            raise ValueError(f"looks are numbers of units in ascending order; given {list(looks)}")
        return looks


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
    arrivals: int = 4


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
    doses: DosesSection = DosesSection()
    in_process: InProcessSection = InProcessSection()
    capacity: CapacitySection = CapacitySection()
    instructions: InstructionsSection = InstructionsSection()
    stopping: StoppingSection = StoppingSection()
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
    def same_function_arms(self) -> tuple[str, ...]:
        """The arms that compute the reference's function, the reference first."""
        return tuple(arm for arm in self.arms if arm not in OTHER_FUNCTION)

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
