"""Which core runs what."""

from __future__ import annotations

import os
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cores:
    """Where the measured process and the load generator are pinned.

    Attributes
    ----------
    measured : int or None
        The server's core, or the in-process loop's; None: not pinned.
    generator : int or None
        Locust's core; None: not pinned.
    """

    measured: int | None
    generator: int | None


def choose_cores(available: set[int], threads: int = 1) -> Cores:
    """Give server and generator a core each, where there are two or more.

    The last core is measured: interrupts gather on the first one.

    Parameters
    ----------
    available : set of int
        The cores there are.
    threads : int
        Of the measured process; one core would not hold more than one, so several are pinned
        nowhere.
    """
    ordered = sorted(available)
    if len(ordered) < 2:
        return Cores(measured=None, generator=None)
    return Cores(measured=ordered[-1] if threads == 1 else None, generator=ordered[0])


def available_cores() -> set[int]:
    """Return the cores that this process may run on."""
    return os.sched_getaffinity(0)
