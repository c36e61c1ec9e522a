"""Where a request's time goes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from contract.run_record import StartRecord
from report.result_part import ResultPart
from report.round_table import US_PER_NS
from stats.estimate import Estimate
from stats.interval import IntervalRule
from stats.unit import pair_starts, unit_means


class ServerParts(ResultPart):
    """Where a request's time goes, one arm, means in microseconds; the parts add up.

    Attributes
    ----------
    decode, infer, encode : Estimate
        What the server says of itself. A campaign's server answers on its event loop, where the
        queue takes no time.
    rest : Estimate
        What is left of the client's latency: HTTP, the event loop, sockets, Locust.
    client : Estimate
        The client's mean latency over the same requests.
    """

    arm: str
    decode: Estimate
    infer: Estimate
    encode: Estimate
    rest: Estimate
    client: Estimate


@dataclass(frozen=True, slots=True)
class RequestParts:
    """The parts of every arm's requests, unit by unit.

    Attributes
    ----------
    arms : tuple of str
        The reference first.
    by_unit_us : float64 array, shape (units, 4, arms)
        Means of decode, infer, encode and client time, microseconds.
    rule : IntervalRule
        The campaign's.
    level : float
        Confidence of the intervals.
    """

    arms: tuple[str, ...]
    by_unit_us: npt.NDArray[np.float64]
    rule: IntervalRule
    level: float

    @classmethod
    def of(
        cls,
        arms: tuple[str, ...],
        parts: Sequence[tuple[StartRecord, npt.NDArray[np.float64]]],
        rule: IntervalRule,
        level: float,
    ) -> Self | None:
        """Average the starts of each pair.

        Parameters
        ----------
        arms : tuple of str
            The arms that were served.
        parts : sequence of (StartRecord, float64 array of shape (4, arms))
            Means of decode, infer, encode and client time in nanoseconds
            (``report.round_table.part_means_ns``); may be empty.
        rule : IntervalRule
            The campaign's.
        level : float
            Confidence of the intervals.

        Returns
        -------
        RequestParts or None
            None without a complete unit.
        """
        pairs = pair_starts([start.unit for start, _ in parts])
        if not len(pairs):
            return None
        by_unit_us = unit_means(np.array([means for _, means in parts]), pairs) * US_PER_NS
        return cls(arms, by_unit_us, rule, level)

    def by_arm(self) -> tuple[ServerParts, ...]:
        """Estimate every arm's parts."""
        return tuple(
            self._estimated(arm, self.by_unit_us[:, :, column])
            for column, arm in enumerate(self.arms)
        )

    def difference(self, arm: str) -> ServerParts:
        """Estimate what an arm's parts take more than the reference's, unit by unit."""
        column = self.arms.index(arm)
        return self._estimated(arm, self.by_unit_us[:, :, column] - self.by_unit_us[:, :, 0])

    def _estimated(self, arm: str, by_unit_us: npt.NDArray[np.float64]) -> ServerParts:
        decode, infer, encode, client = by_unit_us.T
        by_name = {
            "decode": decode,
            "infer": infer,
            "encode": encode,
            "rest": client - decode - infer - encode,
            "client": client,
        }
        estimates = {
            name: self.rule.estimate(values, level=self.level, unit="µs")
            for name, values in by_name.items()
        }
        return ServerParts(arm=arm, **estimates)
