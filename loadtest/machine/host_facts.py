"""What there is to know of a machine before anything is measured on it."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from contract.environment import Environment, observe
from loadtest.machine.clock_facts import ClockFacts, observe_clocks
from loadtest.machine.cores import Cores, available_cores, choose_cores
from loadtest.machine.host_activity import HostActivity

_TOPOLOGY = "/sys/devices/system/cpu/cpu{}/topology/thread_siblings_list"
_GET_REALTIME = "import os; os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1))"


@dataclass(frozen=True, slots=True)
class HostFacts:
    """A machine as it was found.

    Attributes
    ----------
    environment : Environment
        Processor, cores, quota, governor, versions.
    cores : Cores
        What would be pinned where.
    one_physical_core : bool or None
        Whether the two cores that are pinned to are threads of one; None where that is not told.
    realtime_allowed : bool
        Whether a child may be given a real-time priority.
    load_average : float
        Processes that ran or wanted to, over the last minute.
    watched_seconds : float
        How long the next two were watched.
    steal_share, foreign_share : float
        Of all cores' time, 0 to 1: what the hypervisor took, and what other processes used.
    clocks : ClockFacts
        How the clocks move.
    """

    environment: Environment
    cores: Cores
    one_physical_core: bool | None
    realtime_allowed: bool
    load_average: float
    watched_seconds: float
    steal_share: float
    foreign_share: float
    clocks: ClockFacts


def observe_host(seconds: float) -> HostFacts:
    """Look at this machine.

    Parameters
    ----------
    seconds : float
        How long to watch what else runs, at least.
    """
    load_average = os.getloadavg()[0]
    began, before = time.perf_counter(), HostActivity.read()
    cores = choose_cores(available_cores())
    environment, clocks, realtime = observe({}), observe_clocks(), _realtime_allowed()
    time.sleep(max(0.0, seconds - (time.perf_counter() - began)))
    steal_share, foreign_share = HostActivity.read().shares_since(before)
    return HostFacts(
        environment=environment,
        cores=cores,
        one_physical_core=_one_physical_core(cores),
        realtime_allowed=realtime,
        load_average=load_average,
        watched_seconds=time.perf_counter() - began,
        steal_share=steal_share,
        foreign_share=foreign_share,
        clocks=clocks,
    )


def _realtime_allowed() -> bool:
    command = [sys.executable, "-I", "-S", "-c", _GET_REALTIME]
    return subprocess.run(command, check=False, stderr=subprocess.DEVNULL).returncode == 0


def _one_physical_core(cores: Cores) -> bool | None:
    topology = Path(_TOPOLOGY.format(cores.measured))
    if cores.generator is None or not topology.is_file():
        return None
    return cores.generator in core_list(topology.read_text())


def core_list(text: str) -> set[int]:
    """Read a list of cores as the kernel writes it, such as ``0-1,8``."""
    cores: set[int] = set()
    for part in text.strip().split(","):
        first, _, last = part.partition("-")
        cores.update(range(int(first), int(last or first) + 1))
    return cores
