"""The plan of a comparison: two models that somebody has, and how they are measured."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal, Self

from pydantic import Field, field_validator

from contract.errors import ExperimentError, nearest
from contract.graph_card import ComparedCard, GraphCard
from contract.measurement_plan import TOML, Endpoint, MeasurementPlan, RunName
from contract.profile import PROFILES, merged
from contract.sections import Section, SideCampaignSection

REFERENCE_ARM: Final = "a"
CONTRAST_ARM: Final = "b"
CONTROL_ARM: Final = "again"


class ModelsSection(Section):
    """The two models: each a file, or the URL of one that is already served.

    Attributes
    ----------
    a, b : str
        An absolute path, or ``http://HOST:PORT/v2/models/NAME``.
    """

    a: str
    b: str


class TrafficSection(Section):
    """What the models are compared on and loaded with.

    Attributes
    ----------
    batch : int
        Rows of a request, for models that leave the leading dimension open.
    requests : int
        How many different requests are made up.
    inputs : Path or None
        Recorded requests, ``.npz`` or ``.jsonl``, in place of made-up ones.
    sizes : dict of str to int
        Symbolic dimension to its size.
    rows_per_request : float
        What the requests ask for on average; recorded ones may differ.
    seconds_per_inference : float or None
        What the slower model took for one, roughly; None where nobody has timed it.
    """

    batch: Annotated[int, Field(ge=1, le=65_536)] = 1
    requests: Annotated[int, Field(ge=1, le=65_536)] = 256
    inputs: Path | None = None
    sizes: dict[str, Annotated[int, Field(ge=1)]] = Field(default_factory=dict)
    rows_per_request: Annotated[float, Field(gt=0)] = 1.0
    seconds_per_inference: Annotated[float, Field(gt=0)] | None = None


class ComparisonPlan(MeasurementPlan):
    """Everything that a comparison of two models at one batch size is determined by.

    Attributes
    ----------
    allow_different_outputs : bool
        Whether the models may compute different functions, as a quantised one does: how far
        apart they are is told, and does not end the comparison.
    """

    contrast: ClassVar[str] = CONTRAST_ARM
    card_type: ClassVar[type[GraphCard]] = ComparedCard
    resume_command: ClassVar[str] = "perbillion load RUN_DIR, then perbillion report RUN_DIR"

    name: RunName = "compare"
    arms: tuple[Literal["a"], Literal["b"], Literal["again"]] = (
        REFERENCE_ARM,
        CONTRAST_ARM,
        CONTROL_ARM,
    )
    models: ModelsSection
    traffic: TrafficSection = TrafficSection()
    allow_different_outputs: bool = False

    @field_validator("doses", "dropconnect")
    @classmethod
    def _no_side_campaign(cls, amount: SideCampaignSection) -> SideCampaignSection:
        if amount.pairs:
            raise ValueError(
                "two models have no dose-response and no DropConnect: leave pairs at 0"
            )
        return amount

    @property
    def same_function_arms(self) -> tuple[str, ...]:
        """The arms that must compute the reference's function, the reference first."""
        return (REFERENCE_ARM, CONTROL_ARM) if self.allow_different_outputs else self.arms

    @property
    def compared_arms(self) -> tuple[str, ...]:
        """All arms: how far outputs lie apart is told of every pair."""
        return self.arms

    @property
    def served_elsewhere(self) -> bool:
        """Whether one of the models is a URL."""
        return is_url(self.models.a) or is_url(self.models.b)

    @property
    def endpoint(self) -> Endpoint:
        """CPU per request where the server's one thread does all the work, else client latency."""
        by_clock = self.threads == 1 and not self.served_elsewhere
        return "cpu_per_request" if by_clock else "client_latency"

    @property
    def rows_per_request(self) -> float:
        """Predictions that a request asks for, on average."""
        return self.traffic.rows_per_request

    @property
    def seconds_per_inference(self) -> float:
        """What the slower model takes for a request, roughly."""
        return self.traffic.seconds_per_inference or super().seconds_per_inference

    def model_of(self, arm: str) -> str:
        """Return the path or the URL of an arm's model; the control is the reference again."""
        return self.models.b if arm == CONTRAST_ARM else self.models.a

    @classmethod
    def resolve(
        cls, a: str, b: str, *, profile: str = "quick", overrides: Mapping[str, Any] | None = None
    ) -> Self:
        """Put a plan together.

        Parameters
        ----------
        a, b : str
            The models, as in `ModelsSection`.
        profile : str
            How much to measure.
        overrides : mapping, optional
            Nested values over the profile's.

        Raises
        ------
        ExperimentError
            If a key or value cannot be used.
        """
        if profile not in PROFILES:
            raise ExperimentError(
                f"no profile {profile!r}", where="the comparison", remedy=nearest(profile, PROFILES)
            )
        # What a profile says of the lecture's arms and data means nothing here.
        amounts = {
            key: value
            for key, value in PROFILES[profile].items()
            if key not in {"doses", "dropconnect", "by_data"}
        }
        values = merged(amounts, overrides or {})
        values = merged(values, {"profile": profile, "models": {"a": a, "b": b}})
        return TOML.validated(cls, values, "the comparison")


def is_url(model: str) -> bool:
    """Say whether a model is served elsewhere."""
    return model.startswith(("http://", "https://"))
