"""Throughput against connections, with dynamic batching off and on."""

from __future__ import annotations

import json
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from benchmarks.pages.page import Part, Say
from benchmarks.pages.summary import Spread, ratios
from benchmarks.peers.catalogue import perbillion_binary
from benchmarks.peers.contender import RunningContender, new_serving, running
from benchmarks.peers.example_model import LARGE, MLP, ExampleModel, right_answer
from benchmarks.peers.http_exchange import HttpRequest, ask
from benchmarks.peers.result import Sitting, Window
from benchmarks.peers.workbench import Workbench
from benchmarks.peers.wrk import WrkLoad, drive
from contract.document import Document

NAME = "batching"
CONNECTIONS = (1, 2, 4, 8, 16, 32, 64)
SETTINGS = "[batching]\nmax_batch_size = 32\nmax_queue_delay_us = 1000\n"
"""What ``model.toml`` says where batching is on."""
_OFF, _ON = "off", "on"
_OK = 200


class BatchingPoint(Part):
    """One number of connections; one entry a round.

    Attributes
    ----------
    off, on : tuple of Window
        Without and with batching, one directly after the other.
    batch_size : tuple of float or None
        Rows per execution with batching on, from the server's own statistics; None where
        the server has none.
    """

    connections: int
    off: tuple[Window, ...]
    on: tuple[Window, ...]
    batch_size: tuple[float | None, ...]

    @property
    def ratio(self) -> Spread:
        """On over off, taken round by round."""
        on = [window.requests_per_second for window in self.on]
        return Spread.of(ratios(on, [window.requests_per_second for window in self.off]))


class BatchingModel(Part):
    """A model's points."""

    name: str
    widths: tuple[int, ...]
    points: tuple[BatchingPoint, ...]


class BatchingResult(Document):
    """All models.

    Schema history: 1 = first.

    Attributes
    ----------
    settings : str
        The ``model.toml`` of the model with batching on.
    """

    schema_version: Literal[1] = 1
    sitting: Sitting
    rounds: int
    seconds: int
    settings: str
    models: tuple[BatchingModel, ...]


@dataclass(frozen=True, slots=True)
class BatchingPlan:
    """How long, how often, with how many connections."""

    rounds: int = 3
    seconds: int = 3
    connections: tuple[int, ...] = CONNECTIONS
    models: tuple[ExampleModel, ...] = (LARGE, MLP)


class _Curve:
    """One model's windows so far."""

    def __init__(self, bench: Workbench, plan: BatchingPlan, model: ExampleModel) -> None:
        self._bench, self._plan, self._model = bench, plan, model
        self._contender = perbillion_binary(model.name)
        self._windows: dict[tuple[int, str], list[Window]] = {
            (count, mode): [] for count in plan.connections for mode in (_OFF, _ON)
        }
        self._sizes: dict[int, list[float | None]] = {count: [] for count in plan.connections}

    def measure_round(self, number: int) -> None:
        """Start both servers, and measure both at every number of connections."""
        rows = self._model.rows(1)
        request = self._contender.request(rows)
        modes = (_OFF, _ON) if number % 2 == 0 else (_ON, _OFF)
        with ExitStack() as stack:
            servers = {}
            for mode in modes:
                repository = _repository(self._bench, self._model, mode)
                serving = new_serving(self._bench, repository, self._model, f"server-{mode}")
                right = right_answer(serving.model_file, rows)
                servers[mode] = stack.enter_context(running(self._contender, serving, rows, right))
            for connections in self._plan.connections:
                load = WrkLoad(connections, self._plan.seconds)
                for mode in modes:
                    self._measure(servers[mode], mode, request, load)
            for server in servers.values():
                server.process.require_one_core()

    def result(self) -> BatchingModel:
        """Return what was measured."""
        points = tuple(
            BatchingPoint(
                connections=count,
                off=tuple(self._windows[count, _OFF]),
                on=tuple(self._windows[count, _ON]),
                batch_size=tuple(sizes),
            )
            for count, sizes in self._sizes.items()
        )
        return BatchingModel(name=self._model.name, widths=self._model.widths, points=points)

    def _measure(
        self, server: RunningContender, mode: str, request: HttpRequest, load: WrkLoad
    ) -> None:
        before = _counts(server.port, self._model.name)
        driven = drive(self._bench, server, request, load)
        after = _counts(server.port, self._model.name)
        self._windows[load.connections, mode].append(Window.of(driven))
        if mode == _ON:
            self._sizes[load.connections].append(_batch_size(before, after))


def measure_batching(bench: Workbench, plan: BatchingPlan, say: Say) -> BatchingResult:
    """Measure every model at every number of connections.

    In each round both servers run, the one that is not asked at rest, so that off and on are
    measured within seconds of each other; which comes first alternates.

    Raises
    ------
    ServingError, LoadTestError
        If a server fails.
    """
    curves = []
    for model in plan.models:
        curve = _Curve(bench, plan, model)
        for number in range(plan.rounds):
            curve.measure_round(number)
            say(f"{model.name}: round {number + 1} of {plan.rounds} done")
        curves.append(curve.result())
    return BatchingResult(
        sitting=Sitting.of(bench),
        rounds=plan.rounds,
        seconds=plan.seconds,
        settings=SETTINGS,
        models=tuple(curves),
    )


def _repository(bench: Workbench, model: ExampleModel, mode: str) -> Path:
    repository = bench.folder(f"repository-{mode}")
    model.put(repository)
    if mode == _ON:
        (repository / model.name / "model.toml").write_text(SETTINGS)
    return repository


def _counts(port: int, model: str) -> tuple[int, int] | None:
    """Return (rows, executions) so far, by the protocol's statistics extension."""
    answer = ask(port, HttpRequest("GET", f"/v2/models/{model}/stats"))
    if answer.status != _OK:
        return None
    (statistics,) = json.loads(answer.body)["model_stats"]
    return statistics["inference_count"], statistics["execution_count"]


def _batch_size(before: tuple[int, int] | None, after: tuple[int, int] | None) -> float | None:
    if before is None or after is None or after[1] == before[1]:
        return None
    return round((after[0] - before[0]) / (after[1] - before[1]), 2)
