"""What every run measures and how much, whatever its models are."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, ClassVar, Literal, Self

import tomli_w
from pydantic import Field

from contract.document import write_atomically
from contract.errors import ExperimentError
from contract.graph_card import GraphCard
from contract.run_record import StartKind
from contract.sections import (
    CapacitySection,
    CostSection,
    InProcessSection,
    InstructionsSection,
    MeasuringSeeds,
    Section,
    ServedSection,
    SideCampaignSection,
    StoppingSection,
    VerdictSection,
)
from contract.toml_file import TomlKind

TOML = TomlKind("experiment", ExperimentError)

# The lecture's network, on two cores of a virtual machine.
_SECONDS_PER_INFERENCE = 15e-6
RunName = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$")]
Endpoint = Literal["cpu_per_request", "client_latency"]
ENDPOINT_NAMES: Mapping[Endpoint, str] = {
    "cpu_per_request": "CPU per request",
    "client_latency": "client latency",
}
"""What the instrument that makes the verdict is called within a sentence."""


class MeasurementPlan(Section):
    """What is measured and how much.

    Attributes
    ----------
    contrast, control : str
        The arm that the verdict is about, and the one that is the reference a second time.
    card_type : type of GraphCard
        What is kept of an arm's model.
    resume_command : str
        What goes on with such a run where it was cut.
    name : str
        Part of the run directory's name.
    profile : str
        ``quick``, ``standard`` or ``thorough``: which defaults were taken.
    arms : tuple of str
        The arms that are measured, the reference first.
    threads : int
        Threads of a model's session, in process and in the server.
    doses, dropconnect : SideCampaignSection
        The served campaigns of the dose-response series and the null arm, and of the arms with
        DropConnect.
    """

    contrast: ClassVar[str]
    control: ClassVar[str] = "again"
    card_type: ClassVar[type[GraphCard]]
    resume_command: ClassVar[str]

    name: RunName
    profile: str = "quick"
    arms: tuple[str, ...]
    threads: Annotated[int, Field(ge=1, le=1024)] = 1
    served: ServedSection = ServedSection()
    doses: SideCampaignSection = SideCampaignSection()
    dropconnect: SideCampaignSection = SideCampaignSection()
    in_process: InProcessSection = InProcessSection()
    capacity: CapacitySection = CapacitySection()
    instructions: InstructionsSection = InstructionsSection()
    stopping: StoppingSection = StoppingSection()
    verdict: VerdictSection = VerdictSection()
    cost: CostSection = CostSection()
    seeds: MeasuringSeeds = MeasuringSeeds()

    @property
    def in_process_arms(self) -> tuple[str, ...]:
        """The arms that are measured in process, the reference first."""
        return self.arms

    @property
    def verdict_arms(self) -> tuple[str, ...]:
        """The arms of the served campaign that makes the verdict, the reference first."""
        return self.arms

    @property
    def dose_arms(self) -> tuple[str, ...]:
        """The arms of the served dose-response campaign, the reference first; empty: none."""
        return ()

    @property
    def dropconnect_arms(self) -> tuple[str, ...]:
        """The arms of the served DropConnect campaign, their own reference first; empty: none."""
        return ()

    def arms_of(self, campaign: StartKind) -> tuple[str, ...]:
        """Return the arms that a campaign measures, its reference first; empty: none."""
        arms: Mapping[StartKind, tuple[str, ...]] = {
            "in_process": self.in_process_arms,
            "served": self.verdict_arms,
            "doses": self.dose_arms,
            "dropconnect": self.dropconnect_arms,
            "capacity": self.verdict_arms,
        }
        return arms[campaign]

    def pairs_of(self, campaign: StartKind) -> int:
        """Return the most pairs of starts that a campaign is asked for; 0 without arms."""
        pairs: Mapping[StartKind, int] = {
            "in_process": self.in_process.pairs,
            "served": self.served.pairs,
            "doses": self.doses.pairs,
            "dropconnect": self.dropconnect.pairs,
            "capacity": self.capacity.pairs,
        }
        return pairs[campaign] if self.arms_of(campaign) else 0

    @property
    def same_function_arms(self) -> tuple[str, ...]:
        """The arms that compute the reference's function, the reference first."""
        return self.arms

    @property
    def compared_arms(self) -> tuple[str, ...]:
        """The arms whose outputs are compared with the reference's, the reference first."""
        return self.same_function_arms

    def model_of(self, _arm: str) -> str:
        """Return where an arm's model is to be found by its user; empty where the run made it."""
        return ""

    @property
    def rows_per_request(self) -> float:
        """Predictions that a request asks for, on average."""
        return 1.0

    @property
    def seconds_per_inference(self) -> float:
        """About how long a model takes for a request: what plans of time reckon with."""
        return _SECONDS_PER_INFERENCE

    @property
    def served_elsewhere(self) -> bool:
        """Whether a model is not served by us, so that only its clients' view is measured."""
        return False

    @property
    def endpoint(self) -> Endpoint:
        """The instrument whose relative difference the verdict is about."""
        return "cpu_per_request"

    @classmethod
    def load(cls, resolved: Path) -> Self:
        """Read the resolved plan of a run directory.

        Raises
        ------
        ExperimentError
            If the file cannot be read, or a key or value cannot be used.
        """
        return TOML.validated(cls, TOML.read(resolved), str(resolved))

    def save(self, path: Path) -> None:
        """Write the plan, resolved, as TOML.

        Raises
        ------
        ArtifactError
            If the folder cannot be written to.
        """
        values = self.model_dump(mode="json", exclude_none=True)
        write_atomically(path, tomli_w.dumps(values).encode())
