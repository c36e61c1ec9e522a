"""What was known, and what the instruments made of it."""

from __future__ import annotations

from typing import Literal

from benchmarks.pages.page import Part
from contract.document import Document
from contract.environment import Environment
from report.instrument_result import InstrumentName
from stats.estimate import Estimate


class Recovered(Part):
    """One known difference, as one instrument measured it.

    Attributes
    ----------
    arm : str
        The arm; its difference from the reference is meant.
    instrument : str
        Which one.
    truth_us : float
        The mean of what the server itself recorded, arm minus reference, microseconds.
    measured : Estimate
        The difference of means, microseconds, at the level of 99.9 %.
    """

    arm: str
    instrument: InstrumentName
    truth_us: float
    measured: Estimate

    @property
    def contained(self) -> bool:
        """Whether there is an interval and the truth lies in it."""
        low, high = self.measured.low, self.measured.high
        return low is not None and high is not None and low <= self.truth_us <= high


class ChainRecovered(Part):
    """The chain of nodes, in process, measured twice, and served.

    Attributes
    ----------
    nodes : int
        Of the chain.
    campaign, independent : Estimate
        The difference of means as a share of the reference's, by the campaign and by the other
        one of other seeds and other processes, which stands for the truth.
    apart : Estimate
        Campaign minus independent, unit by unit.
    campaign_us, independent_us : Estimate
        The same differences in microseconds.
    served_us : Estimate
        CPU per request: shown, not required to agree.
    """

    nodes: int
    campaign: Estimate
    independent: Estimate
    apart: Estimate
    campaign_us: Estimate
    independent_us: Estimate
    served_us: Estimate

    @property
    def agrees(self) -> bool:
        """Whether there is an interval of what lies between the two, and zero lies in it."""
        return self.apart.low is not None and not self.apart.excludes_zero


class RecoveryResult(Document):
    """All known differences.

    Schema history: 1 = first.

    Attributes
    ----------
    measured : str
        UTC, ISO 8601.
    server_core, generator_core : int or None
        Which core ran what; None where nothing was pinned.
    served_units, in_process_units : int
        Pairs of starts behind each figure.
    seconds_per_start : float
        Of rounds, in each served start.
    rounds : int
        Rounds measured in all served starts together.
    steal_share, foreign_share : float
        What of the machine the hypervisor and other processes took meanwhile.
    spins : tuple of Recovered
        By arm, and for each by instrument.
    encoding_us : dict of str to Estimate
        By how much longer encoding, which follows the spin, takes in each arm that spins: what
        the caches have lost meanwhile. A cost, and not in the record.
    """

    schema_version: Literal[1] = 1
    measured: str
    environment: Environment
    server_core: int | None
    generator_core: int | None
    served_units: int
    in_process_units: int
    seconds_per_start: float
    rounds: int
    steal_share: float
    foreign_share: float
    spins: tuple[Recovered, ...]
    encoding_us: dict[str, Estimate]
    chain: ChainRecovered

    @property
    def told_apart(self) -> bool:
        """Whether CPU per request tells every spin from nothing: wide intervals hold anything."""
        return all(
            found.measured.excludes_zero
            for found in self.spins
            if found.instrument == "cpu_per_request" and found.arm in self.encoding_us
        )

    @property
    def recovered(self) -> bool:
        """Whether all of it came back, by intervals that are worth something."""
        contained = all(found.contained for found in self.spins)
        return contained and self.told_apart and self.chain.agrees
