"""The CPU clock of another process, read only while that process sleeps.

While a process runs, its clock as others see it moves in ticks (4 ms at 250 Hz): two readings
0.3 ms apart then agree nine times in ten although it runs all the time. What a thread has used is
added when it is put to sleep, so the reading is exact where no thread of the process runs.
"""

from __future__ import annotations

import time
from pathlib import Path

from contract.errors import LoadTestError

# <linux/posix-timers.h>: a process's clock is ~pid shifted by three bits, with the clock's kind in
# the lowest two; CPUCLOCK_SCHED, what the scheduler has counted, is 2.
_CPUCLOCK_SCHED = 2
_APART_SECONDS = 0.3e-3
_MOST_READINGS = 2_000
_RUNNING = "R"


def settled_cpu_ns(pid: int) -> int:
    """Return what a process has used, all threads, once it sleeps.

    Two readings must agree, and no thread may run between them.

    Parameters
    ----------
    pid : int
        The process.

    Returns
    -------
    int
        Nanoseconds.

    Raises
    ------
    LoadTestError
        If there is no such process, or it does not come to rest.
    """
    clock = process_clock(pid)
    try:
        for _ in range(_MOST_READINGS):
            before_ns = time.clock_gettime_ns(clock)
            sleeps = _sleeps(pid)
            time.sleep(_APART_SECONDS)
            if sleeps and time.clock_gettime_ns(clock) == before_ns:
                return before_ns
    except OSError as error:
        raise LoadTestError(f"the CPU clock of process {pid} cannot be read: it is gone") from error
    raise LoadTestError(
        f"process {pid} does not come to rest, so its CPU clock cannot be read",
        remedy="does anybody else ask this server?",
    )


def process_clock(pid: int) -> int:
    """Return the kernel's number of a process's CPU clock, which Python does not hand on."""
    return (~pid << 3) | _CPUCLOCK_SCHED


def _sleeps(pid: int) -> bool:
    """Say whether no thread of a process runs or waits for a core."""
    for thread in Path(f"/proc/{pid}/task").iterdir():
        try:
            stat = (thread / "stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return False  # it ended meanwhile, so it ran
        # "pid (name) state ...", proc(5); the name may hold parentheses.
        if stat.rpartition(") ")[2].startswith(_RUNNING):
            return False
    return True
