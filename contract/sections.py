"""What each instrument measures and how much: the sections of every plan."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, field_validator

# Sessions of each arm in one start, asked in turn at random: where a session's memory happens
# to lie is part of what it costs, and their mean varies less from start to start.
Copies = Annotated[int, Field(ge=1, le=16)]


class Section(BaseModel):
    """A table of a plan: frozen, and nothing in it that is not known."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class ServedSection(Section):
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


class SideCampaignSection(Section):
    """A served campaign beside the verdict's, of arms of its own; 0 pairs: none."""

    pairs: Annotated[int, Field(ge=0)] = 0
    seconds_per_start: Annotated[float, Field(gt=0, le=600)] = 4.0
    warmup_rounds: Annotated[int, Field(ge=0)] = 200
    copies: Copies = 1
    realtime: bool = True


class InProcessSection(Section):
    """The paired in-process instrument, in fresh processes."""

    pairs: Annotated[int, Field(ge=1)] = 6
    rounds_per_start: Annotated[int, Field(ge=1)] = 10_000
    warmup_rounds: Annotated[int, Field(ge=0)] = 500
    copies: Copies = 1


class CapacitySection(Section):
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


class InstructionsSection(Section):
    """Instructions per inference, counted by Valgrind's callgrind where it is installed."""

    enabled: bool = False
    inferences: Annotated[int, Field(ge=1, le=100_000)] = 200


class StoppingSection(Section):
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


class VerdictSection(Section):
    """The margin is a share of the reference's cost; `level` is the intervals' confidence."""

    margin: Annotated[float, Field(gt=0, lt=1)] = 0.01
    level: Annotated[float, Field(gt=0.5, lt=1)] = 0.95


class CostSection(Section):
    """What a core costs."""

    usd_per_vcpu_hour: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.04


class MeasuringSeeds(Section):
    """One seed for each use of chance in measuring."""

    order: int = 1
    payload: int = 2
    load_order: int = 3
    arrivals: int = 4
