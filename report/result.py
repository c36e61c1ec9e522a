"""``result.json``: the answer for machines."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from contract.agreement import Agreement
from contract.card import Accuracy
from contract.document import Document
from contract.environment import Environment
from stats.estimate import Estimate
from stats.verdict import Verdict

InstrumentName = Literal["in_process", "client_latency", "cpu_per_request"]
Statistic = Literal["mean", "median_of_paired_differences", "p50", "p90", "p99"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class ExperimentFacts(_Part):
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


class Gate(_Part):
    """One condition that a run must meet to count.

    Attributes
    ----------
    name : str
        ``equality``, ``control``, ``steal``, ``foreign_cpu``, ``failures``, ``units``.
    passed : bool
        Whether it is met.
    figure, threshold : float or None
        What was found, and the limit; `figure` is None where nothing could be measured.
    unit : str
        Unit of measure of both.
    finding : str
        The same in words, a sentence without its full stop.
    remedy : str
        What to do when it fails.
    """

    name: str
    passed: bool
    figure: float | None
    threshold: float
    unit: str
    finding: str
    remedy: str


class Difference(_Part):
    """One arm against the reference, by one statistic of one instrument.

    Attributes
    ----------
    absolute : Estimate
        Microseconds.
    relative : Estimate
        The same as a ratio to the reference's level.
    reference_level : Estimate
        What the ratio is "per cent of": the reference's mean or quantile, microseconds.
    absolute_by_unit_us, relative_by_unit : tuple of float
        What each unit of replication says.
    """

    arm: str
    statistic: Statistic
    absolute: Estimate
    relative: Estimate
    reference_level: Estimate
    absolute_by_unit_us: tuple[float, ...]
    relative_by_unit: tuple[float, ...]


class ArmLevels(_Part):
    """Where one arm's figures lie, in microseconds."""

    arm: str
    mean: Estimate
    p50: Estimate
    p90: Estimate
    p99: Estimate


class InstrumentResult(_Part):
    """Everything that one instrument says.

    Attributes
    ----------
    instrument : str
        ``in_process``: an inference in a process that does nothing else. ``client_latency``:
        a request as Locust sees it, from the moment it was due. ``cpu_per_request``: the
        server thread's CPU time for a request, one request at a time.
    headline : str
        The statistic that the noise floor and the answer are about.
    starts, units : int
        Process starts that were used, and the pairs they make: the units of replication.
    unpaired_starts : int
        Finished starts that were not used, for want of a partner or of a complete round.
    rounds, rounds_left_out : int
        Rounds used, and rounds of the same starts with a failed or unknown request.
    measured_cores, generator_cores : tuple of int
        Where the measured process and Locust were pinned; empty where they were not.
    noise_floor : Estimate
        The A/A control's headline difference, in microseconds.
    minimum_detectable_us : float or None
        The true difference of the contrast's headline that such a run detects with a
        probability of 80 %.
    """

    instrument: InstrumentName
    headline: Statistic
    starts: int
    units: int
    unpaired_starts: int
    rounds: int
    rounds_left_out: int
    measured_cores: tuple[int, ...]
    generator_cores: tuple[int, ...]
    levels: tuple[ArmLevels, ...]
    differences: tuple[Difference, ...]
    noise_floor: Estimate
    minimum_detectable_us: float | None

    def difference(self, arm: str, statistic: Statistic | None = None) -> Difference:
        """Return an arm's difference; by the headline statistic unless another is named."""
        wanted = statistic or self.headline
        return next(
            difference
            for difference in self.differences
            if (difference.arm, difference.statistic) == (arm, wanted)
        )

    @property
    def statistics(self) -> tuple[Statistic, ...]:
        """The statistics there are, the headline first."""
        named = dict.fromkeys(difference.statistic for difference in self.differences)
        return (self.headline, *(name for name in named if name != self.headline))


class ServerParts(_Part):
    """Where a request's time goes, one arm, means in microseconds; the parts add up.

    Attributes
    ----------
    decode, infer, encode : Estimate
        What the server says of itself.
    rest : Estimate
        What is left of the client's latency: HTTP, the event loop, sockets, Locust.
    client : Estimate
        The client's mean latency over the same requests.
    """

    arm: str
    decode: Estimate
    infer: Estimate
    encode: Estimate
    rest: Estimate
    client: Estimate


class CostPerBillion(_Part):
    """What an arm costs beyond the reference, per billion predictions.

    Attributes
    ----------
    instrument : str
        Where the figure comes from: ``cpu_per_request`` or ``in_process``.
    reference_core_seconds : float
        What the reference costs in all, by the same instrument.
    """

    arm: str
    instrument: InstrumentName
    core_seconds: Estimate
    core_hours: Estimate
    usd: Estimate
    reference_core_seconds: float


class ModelFacts(_Part):
    """One arm's graph, and how closely it computes what it should.

    Attributes
    ----------
    from_network : Agreement
        Of the graph in ONNX Runtime with the network it was exported from, in torch.
    from_reference : Agreement or None
        Of the graph with the reference's, both in ONNX Runtime; None for the reference.
    scalings : int
        Multiplications by 1-p at every prediction.
    scaled_numbers : int
        How many numbers they multiply.
    operators, operators_optimised : tuple of str
        The graph as exported, and what ONNX Runtime makes of it.
    """

    arm: str
    same_function: bool
    from_network: Agreement
    from_reference: Agreement | None
    test_accuracy: float
    scalings: int
    scaled_numbers: int
    operators: tuple[str, ...]
    operators_optimised: tuple[str, ...]
    parameters: int
    flops_per_row: int
    sha256: str


class NetworkFacts(_Part):
    """One trained network."""

    name: str
    dropout: str
    matching: str
    drop_probabilities: tuple[float, ...]
    epochs: int
    accuracy: Accuracy


class Result(Document):
    """The answer of one run.

    Schema history: 1 = first.

    Attributes
    ----------
    run : str
        Name of the run directory, which begins with the time it was made, in UTC.
    verdict : Verdict
        On the contrast's relative mean difference in CPU per request.
    gates : tuple of Gate
        What the run must meet to count, computed here and nowhere else.
    """

    schema_version: Literal[1] = 1
    run: str
    experiment: ExperimentFacts
    verdict: Verdict
    gates: tuple[Gate, ...]
    instruments: tuple[InstrumentResult, ...]
    server_parts: tuple[ServerParts, ...]
    costs: tuple[CostPerBillion, ...]
    models: tuple[ModelFacts, ...]
    networks: tuple[NetworkFacts, ...]
    environment: Environment

    def instrument(self, name: InstrumentName) -> InstrumentResult | None:
        """Return what an instrument says; None where it has no finished unit."""
        return next((found for found in self.instruments if found.instrument == name), None)

    def model(self, arm: str) -> ModelFacts:
        """Return the facts of an arm's graph."""
        return next(model for model in self.models if model.arm == arm)

    def cost(self, arm: str, instrument: InstrumentName) -> CostPerBillion | None:
        """Return what an arm costs by an instrument; None where that did not measure it."""
        return next(
            (cost for cost in self.costs if (cost.arm, cost.instrument) == (arm, instrument)), None
        )


def result_json_schema() -> dict[str, Any]:
    """Return the JSON Schema (2020-12) of ``result.json``."""
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **Result.model_json_schema(mode="serialization"),
    }
