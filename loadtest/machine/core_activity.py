"""How busy one core is."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Self

from contract.errors import LoadTestError

_STAT = Path("/proc/stat")
_TICKS_HZ = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class CoreActivity:
    """A reading of a core's clocks; two readings make a share.

    The kernel tells them in ticks of 10 ms: a share over half a second is known to 2 %.

    Attributes
    ----------
    total_seconds : float
        The core's time since the machine started.
    idle_seconds : float
        What of it nobody used.
    """

    total_seconds: float
    idle_seconds: float

    @classmethod
    def read(cls, core: int) -> Self:
        """Read the clocks of a core now.

        Raises
        ------
        LoadTestError
            If the kernel does not tell them.
        """
        # "cpuN  user nice system idle iowait irq softirq steal guest guest_nice", proc(5);
        # guest time is contained in user time already.
        for line in _STAT.read_text().splitlines():
            name, *fields = line.split()
            if name == f"cpu{core}":
                ticks = [int(field) for field in fields[:8]]
                return cls(sum(ticks) / _TICKS_HZ, (ticks[3] + ticks[4]) / _TICKS_HZ)
        raise LoadTestError(
            f"the kernel does not tell how busy core {core} is",
            where=str(_STAT),
            remedy="leave capacity out: --set capacity.pairs=0",
        )

    def busy_share_since(self, earlier: Self) -> float:
        """Return the share (0 to 1) of the time since `earlier` that the core was not idle.

        0 where no time has passed.
        """
        total = self.total_seconds - earlier.total_seconds
        return 1 - (self.idle_seconds - earlier.idle_seconds) / total if total > 0 else 0.0
