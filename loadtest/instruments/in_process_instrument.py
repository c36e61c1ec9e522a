"""Paired inference in fresh processes."""

from __future__ import annotations

from contract.run_record import StartKind
from contract.samples import Samples
from loadtest.campaign.start_plan import StartPlan
from loadtest.instruments.instrument import Setting, StartOutcome, require_success, samples_file
from loadtest.instruments.start_order import InProcessOrder
from loadtest.machine.child_process import ChildCommand, ChildProcess
from loadtest.machine.cores import Cores


class InProcessInstrument:
    """Measures all arms in a process that does nothing else.

    Parameters
    ----------
    setting : Setting
        What to measure, how much and where.
    """

    name: StartKind = "in_process"
    title = "Measuring in process, in fresh processes"

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._amount = setting.experiment.in_process
        self.arms = setting.subjects.arms
        self.pairs = self._amount.pairs
        self.copies = self._amount.copies

    def cores_of(self) -> Cores:
        """Only the measured loop runs."""
        return Cores(measured=self._setting.cores.measured, generator=None)

    def run(self, plan: StartPlan) -> StartOutcome:
        """Run the paired loop in a fresh process.

        Raises
        ------
        LoadTestError
            If the process fails.
        """
        directory = self._setting.directory
        samples = samples_file(directory, self.name, plan.replicate)
        order = InProcessOrder(
            replicate=plan.replicate,
            arms=self.arms,
            load_order=plan.load_order,
            models=self._setting.subjects.models,
            threads=self._setting.experiment.threads,
            traffic=directory.traffic_npz,
            samples=samples,
            rounds=self._amount.rounds_per_start,
            warmup_rounds=self._amount.warmup_rounds,
            order_seed=plan.order_seed,
            payload_seed=plan.payload_seed,
        )
        with directory.scratch() as scratch:
            order_file = scratch / "order.json"
            order.save(order_file)
            command = ChildCommand(
                module="loadtest.generators.inference_loop",
                arguments=(str(order_file),),
                folder=directory.root,
                log=directory.logs / f"{samples.stem}.log",
                core=self._setting.cores.measured,
            )
            with ChildProcess(command) as process:
                # No time limit: a fixed number of inferences ends by itself, however slow the
                # model.
                require_success(process)
        return StartOutcome(samples, None, Samples.load(samples).rounds, 0)
