"""When the requests of an open loop are due: evenly, whatever becomes of the answers."""

from __future__ import annotations

from dataclasses import dataclass

_NS_PER_SECOND = 1_000_000_000


@dataclass(frozen=True, slots=True)
class Schedule:
    """Requests at an even rate, the first at once.

    Attributes
    ----------
    rate_hz : float
        Requests a second.
    seconds : float
        For how long.
    """

    rate_hz: float
    seconds: float

    @property
    def count(self) -> int:
        """How many requests there are."""
        return int(self.rate_hz * self.seconds)

    def due_ns(self, index: int) -> int:
        """When a request is due, in nanoseconds after the start.

        Computed from its number and never by adding up, so that no rounding gathers.
        """
        return round(index * _NS_PER_SECOND / self.rate_hz)
