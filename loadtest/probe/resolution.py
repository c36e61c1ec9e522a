"""What a probe found, and what it lets expect. Without scientific packages: it is only told."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

ProbedInstrument = Literal["in_process", "served"]


@dataclass(frozen=True, slots=True)
class Probe:
    """What one instrument says in a probe; differences and their spreads are ratios to `inverted`.

    Attributes
    ----------
    instrument : str
        ``in_process``: time of an inference; ``served``: CPU per request.
    units : int
        Pairs of starts behind it.
    seconds_per_start : float
        Mean, from the start of the processes to their end.
    reference_us : float
        What `inverted` takes.
    reference_range : float
        By how much of the least the slowest start's figure for `inverted` exceeds it: 0.1 is
        10 %.
    difference, difference_half_width : float
        `regular` minus `inverted`, and the half-width of its 95 % interval.
    control, control_half_width : float
        `again` minus `inverted`: the same model twice.
    control_differs : bool
        Whether the control's 99.9 % interval excludes zero.
    within, between : float
        Standard deviations of a unit's `difference`: what shorter starts add, and what differs
        from start to start (``stats.spread.UnitSpread``).
    worst_steal_share, worst_foreign_share : float
        Of all cores' time during a start, 0 to 1.
    realtime : bool
        Whether the measured processes ran with a real-time priority.
    """

    instrument: ProbedInstrument
    units: int
    seconds_per_start: float
    reference_us: float
    reference_range: float
    difference: float
    difference_half_width: float
    control: float
    control_half_width: float
    control_differs: bool
    within: float
    between: float
    worst_steal_share: float
    worst_foreign_share: float
    realtime: bool


@dataclass(frozen=True, slots=True)
class Expectation:
    """What a profile can be expected to reach here.

    Attributes
    ----------
    profile : str
        ``quick``, ``standard`` or ``thorough``.
    instrument : str
        As in `Probe`.
    units : int
        Pairs of starts, the most there may be.
    seconds : float
        How long these take.
    half_width, low, high : float
        Expected half-width of `regular` - `inverted`, and its range four times in five.
    unit : str
        ``ratio`` (served) or ``us`` (in process).
    """

    profile: str
    instrument: ProbedInstrument
    units: int
    seconds: float
    half_width: float
    low: float
    high: float
    unit: Literal["ratio", "us"]


@dataclass(frozen=True, slots=True)
class Effort:
    """What a half-width of CPU per request takes here, in starts of a profile's length.

    Attributes
    ----------
    half_width : float
        As a ratio.
    profile : str
        Whose length of a start is meant.
    units : int
        Pairs of starts.
    seconds : float
        How long these take.
    """

    half_width: float
    profile: str
    units: int
    seconds: float


@dataclass(frozen=True, slots=True)
class Resolution:
    """What a machine can resolve, by a short probe: an expectation, not a promise."""

    in_process: Probe
    served: Probe
    expectations: tuple[Expectation, ...]
    efforts: tuple[Effort, ...]
