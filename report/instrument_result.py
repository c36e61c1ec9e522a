"""What one instrument says of its arms."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from report.result_part import ResultPart
from stats.estimate import Estimate

# From the inside out; then those of the campaigns beside the verdict's.
InstrumentName = Literal[
    "in_process",
    "handler",
    "cpu_per_request",
    "cpu_blocks",
    "client_latency",
    "doses_cpu",
    "dropconnect_cpu",
    "dropconnect_latency",
]
Statistic = Literal["mean", "median_of_paired_differences", "p50", "p90", "p99"]


class Difference(ResultPart):
    """One arm against the reference, by one statistic of one instrument.

    Attributes
    ----------
    absolute : Estimate
        Microseconds.
    relative : Estimate
        The same as a ratio to the reference's level.
    reference_level : Estimate
        What the ratio is "per cent of": the reference's mean or quantile, microseconds.
    absolute_by_unit_us, relative_by_unit : tuple of float
        What each unit of replication says, in the order of time.
    """

    arm: str
    statistic: Statistic
    absolute: Estimate
    relative: Estimate
    reference_level: Estimate
    absolute_by_unit_us: tuple[float, ...]
    relative_by_unit: tuple[float, ...]


class ArmLevels(ResultPart):
    """Where one arm's figures lie, in microseconds; with ``cpu_blocks`` those of whole blocks."""

    arm: str
    mean: Estimate
    p50: Estimate
    p90: Estimate
    p99: Estimate


class InstrumentResult(ResultPart):
    """Everything that one instrument says.

    Attributes
    ----------
    instrument : str
        ``in_process``: an inference in a process that does nothing else. ``handler``: decode,
        queue, infer and encode together, as the server's own header tells them; a campaign's
        server answers on its event loop, where the queue takes no time and is not recorded.
        ``cpu_per_request``: the server thread's CPU time for a request, one request at a time.
        ``cpu_blocks``: the server process's CPU time for a request, from blocks of one arm: the
        cross-check. ``client_latency``: a request as Locust sees it, from the moment it was due.
        ``doses_cpu``: CPU per request in the campaign of the dose-response arms.
        ``dropconnect_cpu``, ``dropconnect_latency``: CPU per request and client latency in the
        campaign of the arms with DropConnect.
    arms : tuple of str
        The arms it measured, the reference first.
    headline : str
        The statistic that the noise floor and the answer are about.
    starts, units : int
        Process starts that were used, and the pairs they make: the units of replication.
    unpaired_starts : int
        Finished starts that were not used, for want of a partner or of a complete round.
    rounds, rounds_left_out : int
        Rounds used, and rounds of the same starts with a failed or unknown request; with
        ``cpu_blocks`` one block of every arm makes a round.
    measured_cores, generator_cores : tuple of int
        Where the measured process and Locust were pinned; empty where they were not.
    noise_floor : Estimate or None
        The A/A control's headline difference, in microseconds; None where it was no arm.
    minimum_detectable_us : float or None
        The true difference of the headline that such a run detects with a probability of 80 %: of
        the verdict's contrast, or in a campaign without it of the last arm.
    adjusted_p : dict of str to float
        Arm to the p-value of "its headline difference is zero", by Holm's method over the
        instrument's arms; empty without intervals, and while the campaign is under way: the
        interval that holds at any time follows from no p-value.
    """

    instrument: InstrumentName
    arms: tuple[str, ...]
    headline: Statistic
    starts: int
    units: int
    unpaired_starts: int
    rounds: int
    rounds_left_out: int
    measured_cores: tuple[int, ...]
    generator_cores: tuple[int, ...]
    levels: tuple[ArmLevels, ...]
    differences: tuple[Difference, ...]
    noise_floor: Estimate | None
    minimum_detectable_us: float | None
    adjusted_p: dict[str, float] = Field(default_factory=dict)

    def difference(self, arm: str, statistic: Statistic | None = None) -> Difference:
        """Return an arm's difference; by the headline statistic unless another is named."""
        wanted = statistic or self.headline
        return next(
            difference
            for difference in self.differences
            if (difference.arm, difference.statistic) == (arm, wanted)
        )

    @property
    def statistics(self) -> tuple[Statistic, ...]:
        """The statistics there are, the headline first."""
        named = dict.fromkeys(difference.statistic for difference in self.differences)
        return (self.headline, *(name for name in named if name != self.headline))
