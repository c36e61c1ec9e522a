"""The capacity generator: prepared bytes over plain sockets, in a process of its own.

``python -P -m loadtest.generators.capacity_generator ORDER.json`` saturates a server with blocks
of one arm, then searches for the largest Poisson rate that holds the latency objective, and writes
a ``contract.capacity_log.CapacityLog``. Locust on one core is about as fast as the server, and
would leave it idle at times; this keeps it busy.
"""

from __future__ import annotations

import gc
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np

from contract.capacity_log import CapacityLog, PoissonProbe, SaturatedBlock
from contract.traffic import Traffic
from loadtest.generators.infer_request import infer_request
from loadtest.generators.measuring_process import run_order
from loadtest.instruments.start_order import CapacityOrder
from loadtest.machine.core_activity import CoreActivity
from loadtest.wire.arrivals import Arrivals
from loadtest.wire.closed_loop import drain, saturate
from loadtest.wire.connection_pool import ConnectionPool
from loadtest.wire.http_bytes import request_bytes
from loadtest.wire.objective import Objective
from loadtest.wire.open_loop import drive_open_loop
from loadtest.wire.rate_bracket import RateBracket


class CapacityCourse:
    """One start of the capacity instrument, as its generator goes through it.

    Parameters
    ----------
    order : CapacityOrder
        What to do.

    Raises
    ------
    ArtifactError
        If the inputs cannot be read.
    LoadTestError
        If the server's address is none.
    """

    def __init__(self, order: CapacityOrder) -> None:
        self._order = order
        server = urlsplit(order.base_url)
        self._address = (server.hostname or "", server.port or 0)
        self._random = np.random.default_rng(order.order_seed)
        self._objective = Objective(order.objective_ms, order.objective_percentile)
        # One body for all arms: what differs between them is the model, and its name.
        (drawn,) = Traffic.load(order.traffic).drawn(1, order.payload_seed).requests
        request = infer_request(drawn)
        self._wires = {
            arm: request_bytes(
                "POST",
                f"/v2/models/{order.aliases[arm]}/infer",
                server.netloc,
                request.headers,
                request.body,
            )
            for arm in order.arms
        }

    def run(self) -> CapacityLog:
        """Warm up, saturate, probe.

        Raises
        ------
        LoadTestError
            If the server stops answering.
        """
        order = self._order
        blocks = self._saturated_blocks()
        probes, brackets = self._probes(blocks)
        return CapacityLog(
            replicate=order.replicate,
            arms=order.arms,
            connections=order.connections,
            objective_ms=order.objective_ms,
            objective_percentile=order.objective_percentile,
            blocks=blocks,
            probes=probes,
            largest_held_hz={
                arm: bracket.held_hz
                for arm, bracket in brackets.items()
                if bracket.held_hz is not None
            },
        )

    def _saturated_blocks(self) -> tuple[SaturatedBlock, ...]:
        order = self._order
        with ConnectionPool(self._address, order.connections) as pool:
            for arm in order.arms:
                saturate(pool, self._wires[arm], order.warm_up_seconds)
                drain(pool)
            # Every arm once, then every arm again: a host whose speed drifts is then alike to all.
            return tuple(
                self._block(pool, arm)
                for _ in range(order.blocks_per_arm)
                for arm in self._shuffled(order.arms)
            )

    def _block(self, pool: ConnectionPool, arm: str) -> SaturatedBlock:
        before = CoreActivity.read(self._order.server_core)
        outcome = saturate(pool, self._wires[arm], self._order.seconds_per_block)
        after = CoreActivity.read(self._order.server_core)
        drain(pool)
        return SaturatedBlock(
            arm=arm,
            requests=outcome.requests,
            failures=outcome.failures,
            seconds=outcome.seconds,
            busy_share=after.busy_share_since(before),
        )

    def _probes(
        self, blocks: tuple[SaturatedBlock, ...]
    ) -> tuple[tuple[PoissonProbe, ...], dict[str, RateBracket]]:
        """Halve the bracket of each probed arm with every seed, the arms in random order."""
        saturated_hz = {arm: _rate_hz(blocks, arm) for arm in self._order.probed}
        brackets = {arm: RateBracket.below(hz) for arm, hz in saturated_hz.items() if hz > 0}
        probes = []
        for seed in self._order.arrival_seeds:
            for arm in self._shuffled(tuple(brackets)):
                arrivals = Arrivals(brackets[arm].middle_hz, self._order.seconds_per_probe, seed)
                probe = self._probe(arm, arrivals, saturated_hz[arm])
                probes.append(probe)
                brackets[arm] = brackets[arm].narrowed(held=probe.held)
        return tuple(probes), brackets

    def _probe(self, arm: str, arrivals: Arrivals, saturated_hz: float) -> PoissonProbe:
        connections = self._objective.connections(saturated_hz, self._order.connections)
        with ConnectionPool(self._address, connections) as pool:
            outcome = drive_open_loop(pool, self._wires[arm], arrivals)
            drain(pool)
        return self._objective.judge(arm, arrivals.rate_hz, outcome)

    def _shuffled(self, arms: tuple[str, ...]) -> list[str]:
        return [arms[index] for index in self._random.permutation(len(arms))]


def _rate_hz(blocks: tuple[SaturatedBlock, ...], arm: str) -> float:
    """Return what an arm was answered a second in all of its blocks together."""
    own = [block for block in blocks if block.arm == arm]
    answered = sum(block.requests - block.failures for block in own)
    return answered / sum(block.seconds for block in own)


def main(order_file: Path) -> None:
    """Do what an order file says and write what was found.

    Raises
    ------
    LoadTestError
        If the server stops answering.
    """
    order = CapacityOrder.load(order_file)
    course = CapacityCourse(order)
    # A collection would make requests late.
    gc.collect()
    gc.disable()
    course.run().save(order.log)


if __name__ == "__main__":
    run_order(main)
