"""An instrument as the campaign sees it: runs one start and leaves its samples in a file."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from contract.errors import LoadTestError
from contract.measurement_plan import MeasurementPlan
from contract.run_directory import RunDirectory
from contract.run_record import StartKind
from loadtest.campaign.start_plan import StartPlan
from loadtest.machine.child_process import ChildProcess
from loadtest.machine.cores import Cores


@dataclass(frozen=True, slots=True)
class Subjects:
    """What is measured.

    Attributes
    ----------
    arms : tuple of str
        The arms that are measured in process, the reference first; served campaigns choose theirs
        by the experiment.
    models : dict of str to Path
        Arm to ONNX file, absolute; of every campaign's arms.
    urls : dict of str to str
        Arm to where it is served, for the models that are not served by us.
    binary : bool
        Whether every server takes tensors in binary.
    """

    arms: tuple[str, ...]
    models: dict[str, Path]
    urls: dict[str, str] = field(default_factory=dict)
    binary: bool = True


@dataclass(frozen=True, slots=True)
class Setting:
    """What a campaign measures, how much, and where.

    Attributes
    ----------
    experiment : MeasurementPlan
        How much.
    directory : RunDirectory
        Where samples and logs go.
    subjects : Subjects
        What.
    cores : Cores
        What is pinned where.
    server_module : str
        What is started as the server; another one than ours is for tests of the instruments.
    """

    experiment: MeasurementPlan
    directory: RunDirectory
    subjects: Subjects
    cores: Cores
    server_module: str = "serve"


@dataclass(frozen=True, slots=True)
class StartOutcome:
    """What one start left behind.

    Attributes
    ----------
    samples : Path
        Its samples, or for ``capacity`` its log.
    blocks : Path or None
        Its blocks of one arm; None where there are none.
    rounds, failures : int
        Rounds measured, and requests that were not answered with 200.
    realtime : bool
        Whether the measured process ran with a real-time priority.
    """

    samples: Path
    blocks: Path | None
    rounds: int
    failures: int
    realtime: bool = False


class StartRunner(Protocol):
    """An instrument as the campaign sees it.

    Attributes
    ----------
    name : str
        The campaign it is of.
    title : str
        What it does, for the progress display.
    arms : tuple of str
        What it measures, the reference first.
    pairs : int
        The most units it is asked for.
    copies : int
        Sessions of each arm in a start.
    """

    name: StartKind
    title: str
    arms: tuple[str, ...]
    pairs: int
    copies: int

    def run(self, plan: StartPlan) -> StartOutcome:
        """Run one start.

        Raises
        ------
        LoadTestError, ServingError
            If a process of the start fails.
        """

    def cores_of(self) -> Cores:
        """Say what is pinned where."""


def samples_file(
    directory: RunDirectory, instrument: StartKind, replicate: int, suffix: str = ".parquet"
) -> Path:
    """Return where a start's samples go."""
    return directory.samples / f"{instrument}-{replicate:03d}{suffix}"


def require_success(process: ChildProcess, timeout_seconds: float | None = None) -> None:
    """Wait for a measuring process to end, and see that it ended well.

    Parameters
    ----------
    process : ChildProcess
        The process.
    timeout_seconds : float, optional
        How long to wait.

    Raises
    ------
    LoadTestError
        If it did not end in time, or failed, with its last lines.
    """
    status = process.wait(timeout_seconds)
    if status is None:
        raise LoadTestError(f"a measuring process did not end within {timeout_seconds:.0f} s")
    if status != 0:
        raise LoadTestError(
            f"a measuring process ended with exit status {status}; "
            f"its last lines: {process.last_lines()}"
        )
