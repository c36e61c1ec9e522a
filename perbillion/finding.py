"""One thing that `perbillion doctor` found."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Finding:
    """A fact, what it means, and what to do where it disturbs.

    Attributes
    ----------
    subject : str
        Such as ``steal``.
    value : str
        What it is here.
    meaning : str
        What that means for a measurement.
    disturbance : str
        What is wrong with it; empty where nothing is.
    remedy : str
        What to do about the disturbance.
    """

    subject: str
    value: str
    meaning: str
    disturbance: str = ""
    remedy: str = ""

    @property
    def warning(self) -> str | None:
        """The disturbance and what to do, in a line; None where there is none."""
        if not self.disturbance:
            return None
        return f"{self.subject}: {self.disturbance} ({self.remedy})"
