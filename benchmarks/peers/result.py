"""What the measurements hand on: documents with their raw rounds, and pages made from them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime

from benchmarks.pages.page import Part
from benchmarks.peers.workbench import Workbench
from benchmarks.peers.wrk import Driven
from contract.environment import Environment


class Sitting(Part):
    """When, where and how a figure was measured.

    Attributes
    ----------
    measured : str
        UTC, ISO 8601.
    environment : Environment
        The machine and the versions.
    server_core, load_core : int
        Which core ran what.
    serve_options : tuple of str
        Options of perbillion's server beside the defaults.
    """

    measured: str
    environment: Environment
    server_core: int
    load_core: int
    serve_options: tuple[str, ...]

    @classmethod
    def of(cls, bench: Workbench) -> Sitting:
        """Note the facts of this sitting."""
        return cls(
            measured=datetime.now(UTC).isoformat(timespec="seconds"),
            environment=bench.environment,
            server_core=bench.server_core,
            load_core=bench.load_core,
            serve_options=bench.serve_options,
        )

    def sentence(self) -> str:
        """Say it in a line, for the foot of a page."""
        machine = self.environment
        options = " ".join(self.serve_options) or "its defaults"
        return (
            f"Measured {self.measured[:10]} on {machine.cpu}, {machine.cores} cores, "
            f"Linux {machine.kernel}, Python {machine.python}; server on core "
            f"{self.server_core}, load on core {self.load_core}; perbillion "
            f"{machine.perbillion} with {options}."
        )


class Window(Part):
    """One run of wrk: what it counted, and what of the machine others took meanwhile."""

    requests_per_second: float
    p50_us: float
    p99_us: float
    steal_share: float
    foreign_share: float

    @property
    def others_share(self) -> float:
        """What of the machine other processes and the hypervisor took, together."""
        return self.steal_share + self.foreign_share

    @classmethod
    def of(cls, driven: Driven) -> Window:
        """Keep what the pages need."""
        return cls(
            requests_per_second=round(driven.report.requests_per_second, 3),
            p50_us=driven.report.p50_us,
            p99_us=driven.report.p99_us,
            steal_share=round(driven.steal_share, 4),
            foreign_share=round(driven.foreign_share, 4),
        )


def others_sentence(windows: Iterable[Window]) -> str:
    """Say how quiet the machine was."""
    share = max((window.others_share for window in windows), default=0.0)
    return f"Other processes and the hypervisor took at most {share:.1%} of the machine in a turn."
