"""Admission: how much work may be in flight before the next request is told to come again."""

from __future__ import annotations

from contract.errors import OverloadedError
from serve.limits import Limits
from serve.statistics.tallies import Tallies, WorkerCell


class Admission:
    """Counts infer requests between their headers and their answer.

    Parameters
    ----------
    limits : Limits
        `max_in_flight`, for all workers together, and `max_buffered_bytes`, for this one.
    tallies : Tallies
        Where the counts are kept.
    """

    __slots__ = ("_limits", "_tallies")

    def __init__(self, limits: Limits, tallies: Tallies) -> None:
        self._limits = limits
        self._tallies = tallies

    def enter(self, body_bytes: int) -> None:
        """Take a request in; every one that comes in must `leave`.

        It is counted first and looked at afterwards: of two workers that take the last place
        at once each sees the other, and the bound is never passed.

        Parameters
        ----------
        body_bytes : int
            The length of its body.

        Raises
        ------
        OverloadedError
            If it cannot be taken in; then it is not counted.
        """
        tallies = self._tallies
        tallies.add(WorkerCell.IN_FLIGHT)
        buffered = tallies.add(WorkerCell.BUFFERED_BYTES, body_bytes)
        if tallies.total(WorkerCell.IN_FLIGHT) > self._limits.max_in_flight:
            self.leave(body_bytes)
            raise OverloadedError(
                f"{self._limits.max_in_flight} requests are in flight, no more are taken",
                remedy="try again after a moment",
            )
        # A body that is alone may always come in: it has a limit of its own.
        if buffered > self._limits.max_buffered_bytes and buffered != body_bytes:
            self.leave(body_bytes)
            raise OverloadedError(
                "the bodies of the requests in flight fill their memory",
                remedy="try again after a moment",
            )

    def leave(self, body_bytes: int) -> None:
        """Let a request go that was taken in with this length."""
        self._tallies.add(WorkerCell.IN_FLIGHT, -1)
        self._tallies.add(WorkerCell.BUFFERED_BYTES, -body_bytes)
