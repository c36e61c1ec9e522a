"""A machine whose truth is known: what every instrument would read on it."""

from dataclasses import dataclass, field, replace

import numpy as np

from contract.block_log import BlockLog, CpuBlock
from contract.capacity_log import CapacityLog, PoissonProbe, SaturatedBlock
from contract.run_record import CampaignEnd
from contract.samples import Samples
from stats.estimate import t_quantile

ARMS = {
    "in_process": (
        "inverted",
        "regular",
        "folded",
        "again",
        "regular-x2",
        "regular-x4",
        "regular-x8",
        "null",
    ),
    "served": ("inverted", "regular", "folded", "again"),
    "doses": ("inverted", "regular", "regular-x2", "regular-x4", "regular-x8", "null"),
    "capacity": ("inverted", "regular", "folded", "again"),
    "dropconnect": ("dropconnect", "dropconnect-sampled"),
}
# Of a truth: no start of any campaign is finished.
NOTHING = {f"{instrument}_starts": 0 for instrument in ARMS}
ALL_ARMS = (*ARMS["in_process"], *ARMS["dropconnect"])
SCALINGS = {"regular": 2, "regular-x2": 4, "regular-x4": 8, "regular-x8": 16}
CPU_US = 186.0
BLOCK_CPU_US = 189.0
SATURATED_HZ = 5_300.0
HELD_HZ = 3_900.0
INSTRUCTIONS = {"inverted": 72_906.0, "regular": 83_678.0, "folded": 72_906.0, "null": 21_050.0}
_PARTS_US = {"decode_ns": 8.0, "infer_ns": 16.0, "encode_ns": 6.0}


def doses(slope_us, intercept_us, null_us):
    """Effects that lie on a line, and what a model that only copies saves."""
    return {arm: intercept_us + slope_us * dose for arm, dose in SCALINGS.items()} | {
        "null": null_us
    }


def holds(estimate, truth):
    """Whether an estimate's 99.9 % interval holds the truth."""
    reach = t_quantile(0.999, estimate.degrees_of_freedom) * estimate.standard_error
    return abs(estimate.point - truth) <= reach


@dataclass(frozen=True)
class Truth:
    """What the synthetic machine does; microseconds.

    The defaults are a sound run: the scalings of `regular` cost 1.1 µs in process, 1.9 µs of
    the handler's time, 2.4 µs of the server's CPU, 2.6 µs of the client's latency and 1.3 % of
    the capacity. A further scaling costs 0.5 µs in process and 1.1 µs of the server's CPU.
    DropConnect by samples takes 88 µs of the server's CPU more than by mean weights, and 95 µs of
    the client's latency.
    """

    in_process_us: dict = field(default_factory=lambda: doses(0.5, 0.1, -11.0))
    handler_us: dict = field(default_factory=lambda: {"regular": 1.9})
    cpu_us: dict = field(default_factory=lambda: {"regular": 2.4})
    doses_cpu_us: dict = field(default_factory=lambda: doses(1.1, 0.2, -60.0))
    client_us: dict = field(default_factory=lambda: {"regular": 2.6, "dropconnect-sampled": 95.0})
    dropconnect_cpu_us: dict = field(default_factory=lambda: {"dropconnect-sampled": 88.0})
    saturated: dict = field(default_factory=lambda: {"regular": -0.013})
    held: dict = field(default_factory=lambda: {"regular": -0.011})
    profile: str = "standard"
    in_process_starts: int = 12
    served_starts: int = 16
    doses_starts: int = 12
    dropconnect_starts: int = 12
    capacity_starts: int = 12
    disturbed_starts: int = 1  # of the verdict's campaign
    looks: tuple = (6, 8, 12, 16)  # of the verdict's campaign
    first_stage: int | None = None
    served_end: CampaignEnd = CampaignEnd.SETTLED
    in_process_rounds: int = 400
    served_rounds: int = 250
    doses_rounds: int = 150
    dropconnect_rounds: int = 200
    blocks_per_arm: int = 2
    busy_share: float = 0.985
    probes: int = 3
    late_share: float = 0.0005
    instructions: bool = True
    layout_us: float = 0.06
    steal_share: float = 0.001
    foreign_share: float = 0.004
    failed_requests: int = 0  # of the first start of the verdict's campaign
    frozen_requests: int = 0  # that the server's clock does not charge, of the same start
    server_tells: bool = True
    logits_apart: float = 3.8e-6
    seed: int = 5

    def but(self, **changes):
        """The same with other values."""
        return replace(self, **changes)

    def starts(self, instrument):
        """How many starts of a campaign are finished."""
        return getattr(self, f"{instrument}_starts")


@dataclass
class Machine:
    """Reads what the truth says, with noise of a fixed seed."""

    truth: Truth
    rng: np.random.Generator

    def samples(self, instrument, replicate):
        """One start that measures in rounds."""
        arms, served = ARMS[instrument], instrument != "in_process"
        rounds = getattr(self.truth, f"{instrument}_rounds")
        order = self.rng.permuted(np.tile(np.arange(len(arms)), (rounds, 1)), axis=1).ravel()
        effects = self.truth.client_us if served else self.truth.in_process_us
        layout = self.rng.normal(0, (10 if served else 1) * self.truth.layout_us, len(arms))
        base, sigma = (455.0, 0.09) if served else (13.2, 0.04)
        took_us = base * self.rng.lognormal(0, sigma, order.size)
        tail = self.rng.random(order.size) < 0.012
        took_us[tail] *= 1 + self.rng.exponential(1.5, tail.sum())
        took_us += _of_arms(effects, arms)[order] + layout[order]
        done_ns = np.cumsum(1000 * (took_us + 3)).astype(np.int64)
        sent_ns = done_ns - (1000 * took_us).astype(np.int64)
        status = np.full(order.size, 200 if served else 0)
        server = {}
        if served and self.truth.server_tells:
            server = self._server(instrument, order, layout, replicate)
        if instrument == "served" and replicate == 0:
            self._fail(status, server)
        return Samples(
            instrument=instrument,
            replicate=replicate,
            arms=arms,
            arm=order,
            round=np.arange(order.size) // len(arms),
            position=np.arange(order.size) % len(arms),
            intended_ns=sent_ns,
            sent_ns=sent_ns,
            done_ns=done_ns,
            status=status,
            server=server,
        )

    def blocks(self, replicate):
        """The blocks of one arm that end a start of the verdict's campaign."""
        arms, requests = ARMS["served"], 50
        order = self.rng.permuted(np.tile(np.arange(len(arms)), self.truth.blocks_per_arm))
        cpu_us = BLOCK_CPU_US + _of_arms(self.truth.cpu_us, arms)[order]
        cpu_us += self.rng.normal(0, 0.3, order.size)
        return BlockLog(
            replicate=replicate,
            arms=arms,
            blocks=tuple(
                CpuBlock(
                    arm=arms[arm], requests=requests, failures=0, cpu_ns=int(1000 * us * requests)
                )
                for arm, us in zip(order, cpu_us, strict=True)
            ),
        )

    def capacity(self, replicate):
        """One start of the capacity instrument; its first block never keeps the core busy."""
        arms = ARMS["capacity"]
        saturated = self._rates(SATURATED_HZ, self.truth.saturated, arms)
        held = self._rates(HELD_HZ, self.truth.held, arms)
        blocks = tuple(
            SaturatedBlock(
                arm=arm,
                requests=round(hz / 2 if number else hz / 4),
                failures=0,
                seconds=0.5,
                busy_share=self.truth.busy_share if number else 0.8,
            )
            for arm, hz in saturated.items()
            for number in range(3)
        )
        return CapacityLog(
            replicate=replicate,
            arms=arms,
            connections=16,
            objective_ms=5.0,
            objective_percentile=0.99,
            blocks=blocks,
            probes=tuple(self._probes(held)),
            largest_held_hz=held if self.truth.probes else {},
        )

    def _probes(self, held):
        for arm, largest_hz in held.items():
            for share in (0.9, 1.0, 1.05)[: self.truth.probes]:
                kept = share <= 1
                sent = round(largest_hz * share)
                yield PoissonProbe(
                    arm=arm,
                    rate_hz=largest_hz * share,
                    sent=sent,
                    late=round(sent * self.truth.late_share),
                    failures=0,
                    over_objective=8 if kept else 900,
                    latency_us=2_100.0 if kept else 7_300.0,
                    held=kept,
                )

    def _rates(self, base_hz, ratios, arms):
        noise = self.rng.normal(1, 0.003, len(arms))
        return {
            arm: float(base_hz * (1 + ratios.get(arm, 0.0)) * factor)
            for arm, factor in zip(arms, noise, strict=True)
        }

    def _server(self, instrument, order, layout, replicate):
        arms = ARMS[instrument]
        effects = {
            "served": self.truth.cpu_us,
            "doses": self.truth.doses_cpu_us,
            "dropconnect": self.truth.dropconnect_cpu_us,
        }[instrument]
        cpu_us = CPU_US - 6 + _of_arms(effects, arms)[order] + layout[order] / 6
        cpu_us = cpu_us + self.rng.gamma(4, 1.5, order.size)
        if instrument == "served" and replicate == 0:
            cpu_us[: self.truth.frozen_requests] = 0
        clock_ns = 10**9 + np.concatenate([[0], np.cumsum(1000 * cpu_us)[:-1]])
        parts_us = {
            name: mean + self.rng.gamma(4, 0.1, order.size) for name, mean in _PARTS_US.items()
        }
        parts_us["infer_ns"] += _of_arms(self.truth.handler_us, arms)[order]
        parts_ns = {name: (1000 * us).astype(np.int64) for name, us in parts_us.items()}
        return parts_ns | {"thread_cpu_ns": clock_ns.astype(np.int64)}

    def _fail(self, status, server):
        failed = np.arange(self.truth.failed_requests) * 13 + 11
        status[failed] = -1
        for column in server.values():
            column[failed] = -1


def _of_arms(effects, arms):
    return np.array([effects.get(arm, 0.0) for arm in arms])
