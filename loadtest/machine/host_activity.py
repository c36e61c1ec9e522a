"""What else the machine did meanwhile: time stolen by the hypervisor, foreign processes."""

from __future__ import annotations

import os
import resource
from dataclasses import dataclass
from pathlib import Path
from typing import Self

_STAT = Path("/proc/stat")
_TICKS_HZ = os.sysconf("SC_CLK_TCK")


@dataclass(frozen=True, slots=True)
class HostActivity:
    """A reading of the clocks; two readings make shares.

    Attributes
    ----------
    total_seconds : float
        All cores' time since the machine started, idle time included.
    steal_seconds : float
        What the hypervisor took for others.
    busy_seconds : float
        What processes used, user and system.
    own_seconds : float
        What this process and its ended children used.
    """

    total_seconds: float
    steal_seconds: float
    busy_seconds: float
    own_seconds: float

    @classmethod
    def read(cls) -> Self:
        """Read the clocks now; children count from when they were waited for."""
        # "cpu  user nice system idle iowait irq softirq steal guest guest_nice", proc(5);
        # guest time is contained in user time already.
        fields = [int(word) / _TICKS_HZ for word in _STAT.read_text().split("\n", 1)[0].split()[1:]]
        user, nice, system = fields[:3]
        used = (resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
        return cls(
            total_seconds=sum(fields[:8]),
            steal_seconds=fields[7],
            busy_seconds=user + nice + system,
            own_seconds=sum(usage.ru_utime + usage.ru_stime for usage in used),
        )

    def shares_since(self, earlier: Self) -> tuple[float, float]:
        """Return (steal share, foreign share) of all cores' time since `earlier`."""
        total = self.total_seconds - earlier.total_seconds
        if total <= 0:
            return 0.0, 0.0
        steal = self.steal_seconds - earlier.steal_seconds
        busy = self.busy_seconds - earlier.busy_seconds
        own = self.own_seconds - earlier.own_seconds
        return steal / total, max(0.0, busy - own) / total
