"""The clocks of this machine, as they are found to move."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from itertools import accumulate
from pathlib import Path
from time import clock_gettime_ns, thread_time_ns

from loadtest.machine.process_clock import process_clock

_SOURCE = Path("/sys/devices/system/clocksource/clocksource0/current_clocksource")
# A tenth of a second or more: twenty ticks of 4 ms.
_READINGS = 100_000
# It ends by itself, should this process be killed beside it.
_SPIN = "import time\nwhile time.process_time() < 2: pass"


@dataclass(frozen=True, slots=True)
class ClockFacts:
    """How finely the clocks of the instruments move.

    Attributes
    ----------
    thread_step_ns : int or None
        Between two readings of the thread's own CPU clock that differ: its resolution, or the
        time that a reading takes where that is longer. None where it stands still.
    process_step_ns : int or None
        By how much the CPU clock of another process moves at a time, while that process runs;
        None where it cannot be read or stands still.
    source : str or None
        What the kernel reads the time from; None where it does not say.
    """

    thread_step_ns: int | None
    process_step_ns: int | None
    source: str | None


def observe_clocks() -> ClockFacts:
    """Watch the clocks move; takes some tenths of a second."""
    return ClockFacts(
        thread_step_ns=typical_step(thread_time_ns),
        process_step_ns=_process_step_ns(),
        source=_SOURCE.read_text().strip() if _SOURCE.is_file() else None,
    )


def typical_step(clock_ns: Callable[[], int], readings: int = _READINGS) -> int | None:
    """Return the step by which a clock moves; None where it does not.

    It is the step of which as large ones, and larger, half of the clock's time was made: a
    process that is put aside has its clock set right, so between two ticks of a coarse clock
    there may be any number of small steps.

    Parameters
    ----------
    clock_ns : callable
        Reads the clock.
    readings : int
        How often to read it.
    """
    steps: list[int] = []
    last_ns = clock_ns()
    for _ in range(readings):
        now_ns = clock_ns()
        if now_ns != last_ns:
            steps.append(now_ns - last_ns)
            last_ns = now_ns
    # The first step began before the first reading.
    descending = sorted(steps[1:], reverse=True)
    sums = accumulate(descending)
    half = sum(descending) / 2
    return next(
        (step for step, reached in zip(descending, sums, strict=True) if reached >= half), None
    )


def _process_step_ns() -> int | None:
    with subprocess.Popen([sys.executable, "-I", "-S", "-c", _SPIN]) as spinning:
        clock = process_clock(spinning.pid)
        try:
            return typical_step(lambda: clock_gettime_ns(clock))
        except OSError:
            return None
        finally:
            spinning.kill()
