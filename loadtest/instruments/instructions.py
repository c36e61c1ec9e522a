"""Instructions per inference, counted by Valgrind's callgrind.

A count does not depend on what else the machine does: it is the only instrument that needs no
interval. Each model is run for a short and a long time in one process
(`loadtest.generators.callgrind_loop`); the difference, divided by the inferences between, is free
of all that both have in common.

What is counted is what Valgrind runs: it shows programs a processor with AVX2 and without
AVX-512, so ONNX Runtime takes its kernels for that one. An instruction is no unit of time.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from pathlib import Path

from contract.errors import LoadTestError
from contract.instruction_count import ArmInstructions, InstructionCount
from contract.progress import Progress
from loadtest.generators.callgrind_loop import CUT_FUNCTION, CallgrindOrder, parts_of, parts_written
from loadtest.instruments.instrument import require_success
from loadtest.machine.child_process import ChildCommand, ChildProcess

# As many as Python needs to settle on how it runs the loop, and some.
_SHORT_RUN = 20
_OUT = "callgrind.out"


def count_instructions(  # noqa: PLR0913, PLR0917 - what it is given has nothing in common
    models: Mapping[str, Path],
    traffic: Path,
    inferences: int,
    folder: Path,
    logs: Path,
    progress: Progress,
) -> InstructionCount | None:
    """Count the instructions of an inference of one request, for every model.

    Parameters
    ----------
    models : mapping of str to Path
        Arm to ONNX file, absolute.
    traffic : Path
        The requests; the first is inferred.
    inferences : int
        By how many the long run is longer than the short one.
    folder : Path
        An empty folder for files that nobody needs later, absolute.
    logs : Path
        Where the log ``instructions.log`` goes.
    progress : Progress
        Gets one step an arm.

    Returns
    -------
    InstructionCount or None
        None where Valgrind is not installed; `progress` is told.

    Raises
    ------
    LoadTestError
        If the process under Valgrind fails, or its counts are not all there.
    """
    valgrind, vgdb = shutil.which("valgrind"), shutil.which("vgdb")
    if valgrind is None or vgdb is None:
        progress.say("instructions are not counted: Valgrind is not installed")
        return None
    progress.begin("Counting instructions with Valgrind's callgrind", total=len(models))
    reading, writing = os.pipe()
    order = CallgrindOrder(
        models=tuple(models.values()),
        traffic=traffic,
        short_run=_SHORT_RUN,
        long_run=_SHORT_RUN + inferences,
        vgdb=Path(vgdb),
        vgdb_prefix=folder / "vgdb",
        told_fd=writing,
    )
    with os.fdopen(reading, "rb") as told:
        try:
            process = ChildProcess(_command(order, valgrind, folder, logs))
        finally:
            os.close(writing)
        with process:
            # The pipe ends when the process does.
            for arm, _ in zip(models, told, strict=False):
                progress.advance(arm)
            require_success(process)
    return _counted(list(models), inferences, folder)


def _command(order: CallgrindOrder, valgrind: str, folder: Path, logs: Path) -> ChildCommand:
    order_file = folder / "order.json"
    order.save(order_file)
    return ChildCommand(
        module="loadtest.generators.callgrind_loop",
        arguments=(str(order_file),),
        folder=folder,
        log=logs / "instructions.log",
        inherited_fds=(order.told_fd,),
        prefix=(
            # Where names lie in a dictionary is part of the count.
            *("env", "PYTHONHASHSEED=0"),
            *(valgrind, "--tool=callgrind", "--quiet", "--instr-atstart=no", "--dump-line=no"),
            *(f"--dump-before={CUT_FUNCTION}", f"--callgrind-out-file={folder / _OUT}"),
            f"--vgdb-prefix={order.vgdb_prefix}",
        ),
    )


def _counted(arms: list[str], inferences: int, folder: Path) -> InstructionCount:
    written = len(list(folder.glob(f"{_OUT}.*")))
    if written != parts_written(len(arms)):
        raise LoadTestError(
            f"Valgrind wrote {written} counts where {parts_written(len(arms))} are expected",
            where=str(folder),
            remedy="please report this with the versions of valgrind and Python",
        )
    parts = [_header(folder / f"{_OUT}.{number}") for number in range(1, written + 1)]
    counted = []
    for place, arm in enumerate(arms):
        short, long = (int(parts[number - 1]["summary"]) for number in parts_of(place))
        counted.append(
            ArmInstructions(
                arm=arm,
                instructions=(long - short) / inferences,
                short_run=short,
                long_run=long,
            )
        )
    version = parts[0]["creator"].removeprefix("callgrind-")
    return InstructionCount(valgrind=version, inferences=inferences, arms=tuple(counted))


def _header(part: Path) -> dict[str, str]:
    """Read the lines ``key: value`` that a file of callgrind's begins with, to the sum."""
    header = {}
    with part.open(encoding="utf-8", errors="replace") as lines:
        for line in lines:
            key, _, value = line.strip().partition(": ")
            header[key] = value
            if key == "summary":
                break
    return header
