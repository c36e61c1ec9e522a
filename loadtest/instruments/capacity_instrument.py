"""What a server takes at most: saturated blocks, and the largest Poisson rate in time."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from contract.capacity_log import CapacityLog
from contract.errors import LoadTestError
from contract.run_record import StartKind
from loadtest.campaign.start_plan import StartPlan
from loadtest.instruments.instrument import Setting, StartOutcome, require_success, samples_file
from loadtest.instruments.served_instrument import linked_repository
from loadtest.instruments.start_order import CapacityOrder
from loadtest.machine.child_process import ChildCommand, ChildProcess
from loadtest.machine.cores import Cores
from loadtest.machine.server_process import ServerCommand, ServerProcess
from loadtest.wire.closed_loop import PATIENCE_SECONDS as CLOSED_PATIENCE_SECONDS
from loadtest.wire.open_loop import PATIENCE_SECONDS as OPEN_PATIENCE_SECONDS

_WARM_UP_SECONDS = 0.2
_GRACE_SECONDS = 60.0


class CapacityInstrument:
    """Measures what the server takes of each arm, with a generator of prepared bytes.

    Parameters
    ----------
    setting : Setting
        What to measure, how much and where.
    """

    name: StartKind = "capacity"
    title = "Measuring capacity, fresh servers"
    copies = 1

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._amount = setting.experiment.capacity
        self.arms = setting.experiment.verdict_arms
        # On one core for both, the generator would take from the server what it measures.
        self.pairs = 0 if setting.cores.measured is None else self._amount.pairs

    def cores_of(self) -> Cores:
        """Server and generator have a core each."""
        return self._setting.cores

    def run(self, plan: StartPlan) -> StartOutcome:
        """Start a server, load it from a process of its own, stop both.

        Raises
        ------
        ServingError
            If the server dies.
        LoadTestError
            If the generator fails, or there is one core only.
        """
        directory, cores = self._setting.directory, self._setting.cores
        if cores.measured is None:
            raise LoadTestError(
                "capacity takes two cores, one for the server and one for the load",
                remedy="leave it out: --set capacity.pairs=0",
            )
        with directory.scratch() as scratch:
            command = ServerCommand(
                repository=linked_repository(scratch, self._setting.subjects, plan),
                models=plan.names_in_load_order(self._setting.subjects.models),
                log=directory.logs / f"server-{self.name}-{plan.replicate:03d}.log",
                core=cores.measured,
                threads=self._setting.experiment.threads,
                # Never with a real-time priority: the kernel lets such a process have 95 % of a
                # core (sched_rt_runtime_us), and a saturated server takes all of it.
                module=self._setting.server_module,
            )
            with ServerProcess(command) as server:
                order = self._order(plan, server.base_url, cores.measured)
                self._load(server, order, scratch)
        log = CapacityLog.load(order.log)
        return StartOutcome(order.log, None, 0, log.failures)

    def _load(self, server: ServerProcess, order: CapacityOrder, scratch: Path) -> None:
        order_file = scratch / "order.json"
        order.save(order_file)
        directory = self._setting.directory
        command = ChildCommand(
            module="loadtest.generators.capacity_generator",
            arguments=(str(order_file),),
            folder=directory.root,
            log=directory.logs / f"{order.log.stem}.log",
            core=self._setting.cores.generator,
        )
        with ChildProcess(command) as generator:
            try:
                require_success(generator, _most_seconds(order))
            except LoadTestError:
                server.require_alive()
                raise

    def _order(self, plan: StartPlan, base_url: str, server_core: int) -> CapacityOrder:
        amount, seeds = self._amount, self._setting.experiment.seeds
        drawn = np.random.SeedSequence([seeds.arrivals, plan.replicate])
        return CapacityOrder(
            replicate=plan.replicate,
            arms=self.arms,
            aliases={arm: names[0] for arm, names in plan.aliases.items()},
            base_url=base_url,
            server_core=server_core,
            traffic=self._setting.directory.traffic_npz,
            log=samples_file(self._setting.directory, self.name, plan.replicate, ".json"),
            connections=amount.connections,
            warm_up_seconds=_WARM_UP_SECONDS,
            blocks_per_arm=amount.blocks_per_arm,
            seconds_per_block=amount.seconds_per_block,
            objective_ms=amount.objective_ms,
            objective_percentile=amount.objective_percentile,
            # Probing takes as long as all else; of the others the saturated rate is enough.
            probed=(self.arms[0], self._setting.experiment.contrast),
            seconds_per_probe=amount.seconds_per_probe,
            order_seed=plan.order_seed,
            payload_seed=plan.payload_seed,
            arrival_seeds=tuple(drawn.generate_state(amount.probes).tolist()),
        )


def _most_seconds(order: CapacityOrder) -> float:
    """Return when a generator hangs: everything it does ends by itself before."""
    warm_ups, blocks = len(order.arms), len(order.arms) * order.blocks_per_arm
    probes = len(order.probed) * len(order.arrival_seeds)
    return (
        _GRACE_SECONDS
        + warm_ups * (order.warm_up_seconds + CLOSED_PATIENCE_SECONDS)
        + blocks * (order.seconds_per_block + CLOSED_PATIENCE_SECONDS)
        + probes * (order.seconds_per_probe + OPEN_PATIENCE_SECONDS + CLOSED_PATIENCE_SECONDS)
    )
