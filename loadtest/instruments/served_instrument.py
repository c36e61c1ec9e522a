"""Locust against the server, both fresh, on cores of their own."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import Literal

from contract.errors import LoadTestError
from contract.repository import model_file
from contract.run_record import StartKind
from contract.samples import Samples
from contract.sections import ServedSection, SideCampaignSection
from graph.linked_model import linked_model
from loadtest.campaign.start_plan import StartPlan
from loadtest.instruments.address_pipe import AddressPipe
from loadtest.instruments.instrument import (
    Setting,
    StartOutcome,
    Subjects,
    require_success,
    samples_file,
)
from loadtest.instruments.start_order import ServedOrder
from loadtest.machine.child_process import ChildCommand, ChildProcess
from loadtest.machine.cores import Cores
from loadtest.machine.server_process import ServerCommand, ServerProcess
from loadtest.remote.remote_model import RemoteModel

# A generator that takes this much longer than its rounds hangs: it watches its time itself.
_GRACE_SECONDS = 120.0
ServedKind = Literal["served", "doses", "dropconnect"]
_TITLES: Mapping[ServedKind, str] = {
    "served": "Load-testing with Locust, fresh servers",
    "doses": "Load-testing the dose-response arms, fresh servers",
    "dropconnect": "Load-testing the arms with DropConnect, fresh servers",
}


class ServedInstrument:
    """Measures arms by Locust's clock, by the server's header and by its thread's CPU clock.

    Parameters
    ----------
    setting : Setting
        What to measure, how much and where.
    name : str
        Its campaign. ``served``: of the arms of the verdict; ``doses``: of those of the
        dose-response; ``dropconnect``: of those with DropConnect.
    """

    def __init__(self, setting: Setting, name: ServedKind = "served") -> None:
        self._setting = setting
        self.name: StartKind = name
        self.title = _TITLES[name]
        experiment = setting.experiment
        amounts: Mapping[ServedKind, ServedSection | SideCampaignSection] = {
            "served": experiment.served,
            "doses": experiment.doses,
            "dropconnect": experiment.dropconnect,
        }
        self._amount = amounts[name]
        self.arms = experiment.arms_of(name)
        self.pairs = experiment.pairs_of(name)
        self.copies = self._amount.copies

    def cores_of(self) -> Cores:
        """Server and generator have a core each where there are two."""
        return self._setting.cores

    def run(self, plan: StartPlan) -> StartOutcome:
        """Start a server, load it with rounds, stop it.

        The generator starts beside the server, which takes a second from every start, and
        learns through a pipe where the server is once that is ready.

        Raises
        ------
        ServingError
            If the server dies.
        LoadTestError
            If the generator fails.
        """
        directory = self._setting.directory
        order = self._order(plan)
        with directory.scratch() as scratch, AddressPipe() as pipe:
            order_file = scratch / "order.json"
            order.save(order_file)
            generator_command = ChildCommand(
                module="loadtest.generators.generator",
                arguments=(str(order_file), str(pipe.reading)),
                folder=directory.root,
                log=directory.logs / f"{order.samples.stem}.log",
                core=self._setting.cores.generator,
                inherited_fds=(pipe.reading,),
            )
            with (
                ChildProcess(generator_command) as generator,
                self._server(scratch, plan) as server,
            ):
                if server is None:
                    pipe.tell(next(iter(order.urls.values())), 0)
                else:
                    pipe.tell(server.base_url, server.pid)
                self._await(generator, server, order)
                realtime = server is not None and server.realtime
        samples = Samples.load(order.samples)
        return StartOutcome(order.samples, order.blocks, samples.rounds, samples.failures, realtime)

    def _server(
        self, scratch: Path, plan: StartPlan
    ) -> ServerProcess | AbstractContextManager[None]:
        """Start a server for the models that nobody else serves; none where there are none."""
        if not self._setting.subjects.models:
            return nullcontext()
        return ServerProcess(
            ServerCommand(
                repository=linked_repository(scratch, self._setting.subjects, plan),
                models=plan.names_in_load_order(self._setting.subjects.models),
                log=self._setting.directory.logs / f"server-{self.name}-{plan.replicate:03d}.log",
                core=self._setting.cores.measured,
                threads=self._setting.experiment.threads,
                realtime=self._amount.realtime,
                module=self._setting.server_module,
            )
        )

    def _await(
        self, generator: ChildProcess, server: ServerProcess | None, order: ServedOrder
    ) -> None:
        try:
            require_success(generator, order.seconds + _GRACE_SECONDS)
        except LoadTestError:
            if server is not None:
                server.require_alive()
            raise
        finally:
            # Before the server: a generator that is interrupted keeps its whole rounds, one that
            # gets no answers any more fails.
            generator.stop()

    def _order(self, plan: StartPlan) -> ServedOrder:
        directory, amount = self._setting.directory, self._amount
        samples = samples_file(directory, self.name, plan.replicate)
        # Blocks are read from our own server's process.
        ours = not self._setting.subjects.urls
        blocks_per_arm = amount.blocks_per_arm if ours and isinstance(amount, ServedSection) else 0
        return ServedOrder(
            instrument=self.name,
            replicate=plan.replicate,
            arms=self.arms,
            aliases=plan.aliases,
            urls={
                arm: RemoteModel(url).infer_url for arm, url in self._setting.subjects.urls.items()
            },
            binary=self._setting.subjects.binary,
            traffic=directory.traffic_npz,
            samples=samples,
            seconds=amount.seconds_per_start,
            warmup_rounds=amount.warmup_rounds,
            order_seed=plan.order_seed,
            payload_seed=plan.payload_seed,
            blocks=samples.with_suffix(".blocks.json") if blocks_per_arm else None,
            blocks_per_arm=blocks_per_arm,
            requests_per_block=(
                amount.requests_per_block if isinstance(amount, ServedSection) else 1
            ),
        )


def linked_repository(scratch: Path, subjects: Subjects, plan: StartPlan) -> Path:
    """Lay the arms that we serve out under their aliases: links, so nothing is copied."""
    repository = scratch / "repository"
    for arm, aliases in plan.aliases.items():
        for alias in aliases if arm in subjects.models else ():
            linked_model(subjects.models[arm], model_file(repository, alias))
    return repository
