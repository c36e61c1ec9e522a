"""When the requests of an open loop are due, whatever becomes of the answers."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

_NS_PER_SECOND = 1_000_000_000

Column = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Arrivals:
    """A pure function of three numbers: the same ones make the same arrivals.

    Attributes
    ----------
    rate_hz : float
        Requests a second; for a Poisson process, their mean.
    seconds : float
        For how long.
    seed : int or None
        None: evenly spaced, the first at once. Else a Poisson process: independent gaps, as
        many independent clients make them. One seed at two rates gives the same gaps, longer or
        shorter (common random numbers), so that chance does not favour one of two arms.
    """

    rate_hz: float
    seconds: float
    seed: int | None = None

    def due_ns(self) -> Column:
        """Return when each request is due.

        Returns
        -------
        int64 array, shape (requests,)
            Nanoseconds after the start, ascending; all within the time.
        """
        return self._even_ns() if self.seed is None else self._poisson_ns(self.seed)

    def _even_ns(self) -> Column:
        # From each request's number and never by adding up, so that no rounding gathers.
        number = np.arange(int(self.rate_hz * self.seconds))
        return _whole_ns(number / self.rate_hz)

    def _poisson_ns(self, seed: int) -> Column:
        generator = np.random.default_rng(seed)
        mean_count = self.rate_hz * self.seconds
        # Mean 1 each, and drawn one after another: how many are drawn at a time changes nothing.
        draw = int(mean_count + 4 * mean_count**0.5) + 1
        gaps = generator.standard_exponential(draw)
        while gaps.sum() <= mean_count:
            gaps = np.concatenate([gaps, generator.standard_exponential(draw)])
        arrivals = np.cumsum(gaps)
        return _whole_ns(arrivals[arrivals < mean_count] / self.rate_hz)


def _whole_ns(seconds: npt.NDArray[np.float64]) -> Column:
    return np.rint(seconds * _NS_PER_SECOND).astype(np.int64)
