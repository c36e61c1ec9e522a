"""The two instruments: each runs one start and leaves its samples in a file."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from contract.errors import LoadTestError
from contract.experiment import Experiment
from contract.run_directory import RunDirectory
from contract.samples import Instrument
from contract.tensor import TensorSpec
from loadtest.campaign import StartPlan
from loadtest.child_process import ChildCommand, ChildProcess
from loadtest.cores import Cores
from loadtest.server_process import ServerCommand, ServerProcess
from loadtest.start_order import InProcessOrder, ServedOrder

# A start that takes this much longer than planned hangs.
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

    def __init__(
        self, experiment: Experiment, directory: RunDirectory, subjects: Subjects, cores: Cores
    ) -> None:
        self._settings = experiment.in_process
        self._directory = directory
        self._subjects = subjects
        self._cores = cores
        self.pairs = self._settings.pairs

    def cores_of(self) -> Cores:
        """Only the measured loop runs."""
        return Cores(measured=self._cores.measured, generator=None)

    def run(self, plan: StartPlan) -> Path:
        """Run the paired loop in a fresh process.

        Raises
        ------
        LoadTestError
            If the process fails.
        """
        samples = samples_file(self._directory, self.name, plan.replicate)
        order = InProcessOrder(
            replicate=plan.replicate,
            arms=self._subjects.arms,
            load_order=plan.load_order,
            models=self._subjects.models,
            payload=self._directory.payload_npz,
            samples=samples,
            rounds=self._settings.rounds_per_start,
            warmup_rounds=self._settings.warmup_rounds,
            order_seed=plan.order_seed,
            payload_seed=plan.payload_seed,
        )
        with _measuring(
            "loadtest.inference_loop", order, self._directory, self._cores.measured
        ) as process:
            _require_success(process, _GRACE_SECONDS)
        return samples


class ServedInstrument:
    """Locust against the server, both fresh, on cores of their own."""

    name: Instrument = "served"

    def __init__(
        self, experiment: Experiment, directory: RunDirectory, subjects: Subjects, cores: Cores
    ) -> None:
        self._settings = experiment.served
        self._directory = directory
        self._subjects = subjects
        self._cores = cores
        self.pairs = self._settings.pairs

    def cores_of(self) -> Cores:
        """Server and generator have a core each where there are two."""
        return self._cores

    def run(self, plan: StartPlan) -> Path:
        """Start a server, load it with rounds, stop it.

        Raises
        ------
        ServingError
            If the server dies.
        LoadTestError
            If the generator fails.
        """
        samples = samples_file(self._directory, self.name, plan.replicate)
        with _linked_repository(self._directory, self._subjects, plan) as repository:
            command = ServerCommand(
                repository=repository,
                models=tuple(plan.aliases[arm] for arm in plan.load_order),
                log=self._directory.logs / f"server-{plan.replicate:03d}.log",
                core=self._cores.measured,
            )
            with ServerProcess(command) as server:
                order = self._order(plan, samples, server.base_url)
                with _measuring(
                    "loadtest.generator", order, self._directory, self._cores.generator
                ) as process:
                    try:
                        _require_success(process, self._settings.seconds_per_start + _GRACE_SECONDS)
                    except LoadTestError:
                        server.require_alive()
                        raise
        return samples

    def _order(self, plan: StartPlan, samples: Path, base_url: str) -> ServedOrder:
        return ServedOrder(
            replicate=plan.replicate,
            arms=self._subjects.arms,
            aliases=plan.aliases,
            base_url=base_url,
            spec=self._subjects.spec,
            payload=self._directory.payload_npz,
            samples=samples,
            seconds=self._settings.seconds_per_start,
            warmup_rounds=self._settings.warmup_rounds,
            order_seed=plan.order_seed,
            payload_seed=plan.payload_seed,
        )


def samples_file(directory: RunDirectory, instrument: Instrument, replicate: int) -> Path:
    """Return where a start's samples go."""
    return directory.samples / f"{instrument}-{replicate:03d}.parquet"


@contextmanager
def _measuring(
    module: str, order: InProcessOrder | ServedOrder, directory: RunDirectory, core: int | None
) -> Iterator[ChildProcess]:
    """Run a measuring process on an order of its own; it is stopped when the block ends."""
    with tempfile.TemporaryDirectory(dir=directory.root, prefix=".order-") as folder:
        order_file = Path(folder) / "order.json"
        order.save(order_file)
        command = ChildCommand(
            module=module,
            arguments=(str(order_file),),
            folder=directory.root,
            log=directory.logs / f"{order.samples.stem}.log",
            core=core,
        )
        with ChildProcess(command) as process:
            yield process


def _require_success(process: ChildProcess, timeout_seconds: float) -> None:
    status = process.wait(timeout_seconds)
    if status is None:
        raise LoadTestError(f"a measuring process did not end within {timeout_seconds:.0f} s")
    if status != 0:
        raise LoadTestError(
            f"a measuring process ended with exit status {status}; "
            f"its last lines: {process.last_lines()}"
        )


@contextmanager
def _linked_repository(
    directory: RunDirectory, subjects: Subjects, plan: StartPlan
) -> Iterator[Path]:
    """Lay the arms out under their aliases: hard links, so nothing is copied."""
    with tempfile.TemporaryDirectory(dir=directory.root, prefix=".aliases-") as folder:
        for arm, alias in plan.aliases.items():
            version = Path(folder) / alias / "1"
            version.mkdir(parents=True)
            os.link(subjects.models[arm], version / "model.onnx")
        yield Path(folder)
