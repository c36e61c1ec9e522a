"""The two instruments: each runs one start and leaves its samples in a file."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from contract.errors import LoadTestError
from contract.experiment import Experiment
from contract.repository import model_file
from contract.run_directory import RunDirectory
from contract.samples import Instrument
from contract.tensor import TensorSpec
from loadtest.campaign import StartPlan
from loadtest.child_process import ChildCommand, ChildProcess
from loadtest.cores import Cores
from loadtest.server_process import ServerCommand, ServerProcess
from loadtest.start_order import InProcessOrder, ServedOrder

# A generator that takes this much longer than its rounds hangs: it watches its time itself.
_GRACE_SECONDS = 120.0


@dataclass(frozen=True, slots=True)
class Subjects:
    """What is measured.

    Attributes
    ----------
    arms : tuple of str
        The arms, the reference first.
    models : dict of str to Path
        Arm to ONNX file, absolute.
    spec : TensorSpec
        The models' one input.
    """

    arms: tuple[str, ...]
    models: dict[str, Path]
    spec: TensorSpec


@dataclass(frozen=True, slots=True)
class Setting:
    """What a campaign measures, how much, and where.

    Attributes
    ----------
    experiment : Experiment
        How much.
    directory : RunDirectory
        Where samples and logs go.
    subjects : Subjects
        What.
    cores : Cores
        What is pinned where.
    """

    experiment: Experiment
    directory: RunDirectory
    subjects: Subjects
    cores: Cores


class StartRunner(Protocol):
    """An instrument as the campaign sees it."""

    name: Instrument
    pairs: int

    def run(self, plan: StartPlan) -> Path:
        """Run one start; returns the samples file.

        Raises
        ------
        LoadTestError, ServingError
            If a process of the start fails.
        """

    def cores_of(self) -> Cores:
        """Say what is pinned where."""


class InProcessInstrument:
    """Paired inference in fresh processes."""

    name: Instrument = "in_process"

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._amount = setting.experiment.in_process
        self.pairs = self._amount.pairs

    def cores_of(self) -> Cores:
        """Only the measured loop runs."""
        return Cores(measured=self._setting.cores.measured, generator=None)

    def run(self, plan: StartPlan) -> Path:
        """Run the paired loop in a fresh process.

        Raises
        ------
        LoadTestError
            If the process fails.
        """
        samples = samples_file(self._setting.directory, self.name, plan.replicate)
        order = InProcessOrder(
            replicate=plan.replicate,
            arms=self._setting.subjects.arms,
            load_order=plan.load_order,
            models=self._setting.subjects.models,
            payload=self._setting.directory.payload_npz,
            samples=samples,
            rounds=self._amount.rounds_per_start,
            warmup_rounds=self._amount.warmup_rounds,
            order_seed=plan.order_seed,
            payload_seed=plan.payload_seed,
        )
        core = self._setting.cores.measured
        with (
            self._setting.directory.scratch() as scratch,
            _measuring(
                "loadtest.inference_loop", order, scratch, self._setting.directory, core
            ) as process,
        ):
            # No time limit: a fixed number of inferences ends by itself, however slow the model.
            _require_success(process)
        return samples


class ServedInstrument:
    """Locust against the server, both fresh, on cores of their own."""

    name: Instrument = "served"

    def __init__(self, setting: Setting) -> None:
        self._setting = setting
        self._amount = setting.experiment.served
        self.pairs = self._amount.pairs

    def cores_of(self) -> Cores:
        """Server and generator have a core each where there are two."""
        return self._setting.cores

    def run(self, plan: StartPlan) -> Path:
        """Start a server, load it with rounds, stop it.

        Raises
        ------
        ServingError
            If the server dies.
        LoadTestError
            If the generator fails.
        """
        samples = samples_file(self._setting.directory, self.name, plan.replicate)
        with self._setting.directory.scratch() as scratch:
            command = ServerCommand(
                repository=_linked_repository(scratch, self._setting.subjects, plan),
                models=tuple(plan.aliases[arm] for arm in plan.load_order),
                log=self._setting.directory.logs / f"server-{plan.replicate:03d}.log",
                core=self._setting.cores.measured,
            )
            with ServerProcess(command) as server:
                self._load(server, self._order(plan, samples, server.base_url), scratch)
        return samples

    def _load(self, server: ServerProcess, order: ServedOrder, scratch: Path) -> None:
        core = self._setting.cores.generator
        with _measuring(
            "loadtest.generator", order, scratch, self._setting.directory, core
        ) as process:
            try:
                _require_success(process, order.seconds + _GRACE_SECONDS)
            except LoadTestError:
                server.require_alive()
                raise

    def _order(self, plan: StartPlan, samples: Path, base_url: str) -> ServedOrder:
        return ServedOrder(
            replicate=plan.replicate,
            arms=self._setting.subjects.arms,
            aliases=plan.aliases,
            base_url=base_url,
            spec=self._setting.subjects.spec,
            payload=self._setting.directory.payload_npz,
            samples=samples,
            seconds=self._amount.seconds_per_start,
            warmup_rounds=self._amount.warmup_rounds,
            order_seed=plan.order_seed,
            payload_seed=plan.payload_seed,
        )


def samples_file(directory: RunDirectory, instrument: Instrument, replicate: int) -> Path:
    """Return where a start's samples go."""
    return directory.samples / f"{instrument}-{replicate:03d}.parquet"


def _measuring(
    module: str,
    order: InProcessOrder | ServedOrder,
    scratch: Path,
    directory: RunDirectory,
    core: int | None,
) -> ChildProcess:
    """Start a measuring process on an order of its own."""
    order_file = scratch / "order.json"
    order.save(order_file)
    return ChildProcess(
        ChildCommand(
            module=module,
            arguments=(str(order_file),),
            folder=directory.root,
            log=directory.logs / f"{order.samples.stem}.log",
            core=core,
        )
    )


def _require_success(process: ChildProcess, timeout_seconds: float | None = None) -> None:
    status = process.wait(timeout_seconds)
    if status is None:
        raise LoadTestError(f"a measuring process did not end within {timeout_seconds:.0f} s")
    if status != 0:
        raise LoadTestError(
            f"a measuring process ended with exit status {status}; "
            f"its last lines: {process.last_lines()}"
        )


def _linked_repository(scratch: Path, subjects: Subjects, plan: StartPlan) -> Path:
    """Lay the arms out under their aliases: hard links, so nothing is copied."""
    repository = scratch / "repository"
    for arm, alias in plan.aliases.items():
        linked = model_file(repository, alias)
        linked.parent.mkdir(parents=True)
        os.link(subjects.models[arm], linked)
    return repository
