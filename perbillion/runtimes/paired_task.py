"""A pair of graphs in one runtime: examined, then measured in fresh processes, two a unit."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from contract.errors import LoadTestError
from loadtest.campaign.start_plan import CampaignSeeds, StartPlan, plan_starts
from loadtest.machine.child_process import ChildCommand, ChildProcess
from loadtest.machine.cores import available_cores, choose_cores
from loadtest.machine.host_activity import HostActivity
from perbillion.runtimes.pair_models import ARMS
from perbillion.runtimes.paired_cost import PairedCost
from perbillion.runtimes.paired_order import Examined, PairedOrder, StartFound
from perbillion.runtimes.row import Row

_EXAMINING = "perbillion.runtimes.examining_process"
_MEASURING = "perbillion.runtimes.paired_process"
# The slowest is the first compilation of torch.compile, a minute on a slow machine.
_MOST_SECONDS = 600.0


@dataclass(frozen=True, slots=True)
class Amount:
    """How much is measured.

    Attributes
    ----------
    pairs : int
        Units: pairs of processes.
    seconds : float
        Of rounds in each process, about.
    fewest_rounds, most_rounds : int
        Of a process, whatever that comes to.
    seed : int
        All seeds follow from it.
    """

    pairs: int
    seconds: float
    fewest_rounds: int = 3
    most_rounds: int = 20_000
    seed: int = 1


@dataclass(frozen=True, slots=True)
class PairedTask:
    """The arms in one runtime.

    Attributes
    ----------
    row : Row
        The runtime and its settings.
    models : dict of str to Path
        Arm to ONNX file, absolute.
    request_shape : tuple of int
        What every arm is asked.
    amount : Amount
        How much is measured.
    folder : Path
        For orders, what is found, and logs; absolute.
    """

    row: Row
    models: dict[str, Path]
    request_shape: tuple[int, ...]
    amount: Amount
    folder: Path

    def examine(self) -> Examined:
        """Check that the arms are one function, and find out what the runtime executes.

        Raises
        ------
        LoadTestError
            If the runtime cannot run here, or the arms are not one function in it.
        """
        found = self._run(_EXAMINING, self._plan(pairs=1)[0], "examined")
        return Examined.load(found)

    def measure(self, tick: Callable[[], None]) -> PairedCost:
        """Time the arms in fresh processes.

        Parameters
        ----------
        tick : callable
            Called when a process is done.

        Raises
        ------
        LoadTestError
            If a process fails.
        """
        before = HostActivity.read()
        starts = []
        for plan in self._plan(self.amount.pairs):
            found = self._run(_MEASURING, plan, f"start-{plan.replicate:03d}")
            starts.append(StartFound.load(found))
            tick()
        return PairedCost.of(starts, *HostActivity.read().shares_since(before))

    def _plan(self, pairs: int) -> tuple[StartPlan, ...]:
        seed = self.amount.seed
        return plan_starts(ARMS, pairs, CampaignSeeds(seed, seed + 1, seed + 2))

    def _run(self, module: str, plan: StartPlan, name: str) -> Path:
        """Run one process to its end; return where it put what it found."""
        order = PairedOrder(
            row=self.row,
            load_order=plan.load_order,
            arms=ARMS,
            models=self.models,
            request_shape=self.request_shape,
            seconds=self.amount.seconds,
            fewest_rounds=self.amount.fewest_rounds,
            most_rounds=self.amount.most_rounds,
            order_seed=plan.order_seed,
            payload_seed=plan.payload_seed,
            found=self.folder / f"{name}.json",
        )
        order_file = self.folder / f"{name}.order.json"
        order.save(order_file)
        cores = choose_cores(available_cores(), self.row.threads)
        log = self.folder / f"{name}.log"
        command = ChildCommand(module, (str(order_file),), self.folder, log, cores.measured)
        with ChildProcess(command) as process:
            status = process.wait(_MOST_SECONDS)
            if status is None:
                raise LoadTestError(f"a process did not end within {_MOST_SECONDS:.0f} s")
            if status:
                # A process of ours says in its last line what was wrong.
                said = process.last_lines().rpartition(" | ")[2]
                raise LoadTestError(said or f"a process ended with exit status {status}")
        return order.found
