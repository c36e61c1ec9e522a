"""Predictions per second against rows per request, beside the bare session on that core."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from benchmarks.pages.page import Part, Say
from benchmarks.pages.summary import Spread, ratios
from benchmarks.peers.bare_session import measure_bare_session
from benchmarks.peers.catalogue import PERBILLION_BINARY
from benchmarks.peers.codec import check_answer
from benchmarks.peers.contender import new_serving, running
from benchmarks.peers.example_model import MLP, right_answer
from benchmarks.peers.http_exchange import ask
from benchmarks.peers.result import Sitting, Window
from benchmarks.peers.workbench import Workbench
from benchmarks.peers.wrk import WrkLoad, drive
from contract.document import Document

NAME = "rows"
SIZES = tuple(2**power for power in range(11))


class RowsAtSize(Part):
    """One size of request; the lists have one entry a round.

    Attributes
    ----------
    rows : int
        Rows per request.
    windows : tuple of Window
        What wrk counted.
    bare_rows_per_second : tuple of float
        The bare session's, measured directly after.
    """

    rows: int
    windows: tuple[Window, ...]
    bare_rows_per_second: tuple[float, ...]

    @property
    def served_rows_per_second(self) -> list[float]:
        """Predictions per second over HTTP, round by round."""
        return [self.rows * window.requests_per_second for window in self.windows]

    @property
    def ratio(self) -> Spread:
        """Of the bare session's, taken round by round."""
        return Spread.of(ratios(self.served_rows_per_second, self.bare_rows_per_second))


class RowsResult(Document):
    """All sizes.

    Schema history: 1 = first.
    """

    schema_version: Literal[1] = 1
    sitting: Sitting
    rounds: int
    seconds: int
    connections: int
    sizes: tuple[RowsAtSize, ...]


@dataclass(frozen=True, slots=True)
class RowsPlan:
    """How long to measure each size, in each round, served and bare."""

    rounds: int = 3
    load: WrkLoad = field(default_factory=lambda: WrkLoad(seconds=2))
    sizes: tuple[int, ...] = SIZES


def measure_rows(bench: Workbench, plan: RowsPlan, say: Say) -> RowsResult:
    """Measure every size in every round; the server is started anew each round.

    Raises
    ------
    ServingError, LoadTestError
        If the server fails.
    """
    repository = bench.folder("repository")
    model_file = MLP.put(repository)
    windows: dict[int, list[Window]] = {size: [] for size in plan.sizes}
    bare: dict[int, list[float]] = {size: [] for size in plan.sizes}
    one = MLP.rows(1)
    for number in range(plan.rounds):
        serving = new_serving(bench, repository, MLP)
        with running(PERBILLION_BINARY, serving, one, right_answer(model_file, one)) as server:
            for size in plan.sizes:
                rows = MLP.rows(size)
                request = PERBILLION_BINARY.request(rows)
                answer = ask(server.port, request)
                check_answer(PERBILLION_BINARY.codec, answer, right_answer(model_file, rows))
                driven = drive(bench, server, request, plan.load)
                windows[size].append(Window.of(driven))
                bare[size].append(
                    round(measure_bare_session(bench, model_file, size, plan.load.seconds), 3)
                )
                served = size * driven.report.requests_per_second
                say(
                    f"round {number + 1} of {plan.rounds}, {size} rows: {served:,.0f} served, "
                    f"{bare[size][-1]:,.0f} bare, rows/s"
                )
            server.process.require_one_core()
    return RowsResult(
        sitting=Sitting.of(bench),
        rounds=plan.rounds,
        seconds=plan.load.seconds,
        connections=plan.load.connections,
        sizes=tuple(
            RowsAtSize(
                rows=size, windows=tuple(windows[size]), bare_rows_per_second=tuple(bare[size])
            )
            for size in plan.sizes
        ),
    )
