"""Requests per second of each contender, in turns."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

from benchmarks.pages.page import Part, Say
from benchmarks.peers.contender import Contender, new_serving, running
from benchmarks.peers.example_model import MLP, Rows, right_answer
from benchmarks.peers.result import Sitting, Window
from benchmarks.peers.workbench import Workbench
from benchmarks.peers.wrk import WrkLoad, drive
from contract.document import Document
from contract.errors import PerbillionError

NAME = "peers"


class Contested(Part):
    """One contender's rounds.

    Attributes
    ----------
    name, label, codec, package, version : str
        Who, and in which form it is asked.
    windows : tuple of Window
        One a round.
    failure : str or None
        Why it has no windows, or no more of them.
    """

    name: str
    label: str
    codec: str
    package: str
    version: str
    windows: tuple[Window, ...]
    failure: str | None = None

    @property
    def rates(self) -> list[float]:
        """Requests per second, round by round."""
        return [window.requests_per_second for window in self.windows]


class PeersResult(Document):
    """All contenders, measured in turns.

    Schema history: 1 = first.

    Attributes
    ----------
    rounds, seconds, warm_up_seconds, connections : int
        In each round each contender is started, asked once, warmed up and measured.
    """

    schema_version: Literal[1] = 1
    sitting: Sitting
    rounds: int
    seconds: int
    warm_up_seconds: int
    connections: int
    contenders: tuple[Contested, ...]

    def find(self, name: str) -> Contested | None:
        """Return a contender's rounds; None where it took no part."""
        return next((one for one in self.contenders if one.name == name), None)


@dataclass(frozen=True, slots=True)
class PeersPlan:
    """How long to measure.

    Attributes
    ----------
    rounds : int
        How often each contender takes its turn.
    load : WrkLoad
        Connections, and the seconds of one turn.
    warm_up_seconds : int
        Load before each turn that is not counted.
    seed : int
        Of the order, dealt anew each round.
    """

    rounds: int = 5
    load: WrkLoad = field(default_factory=WrkLoad)
    warm_up_seconds: int = 1
    seed: int = 1


@dataclass(frozen=True, slots=True)
class _Question:
    """What every contender is asked, and the right answer."""

    repository: Path
    rows: Rows
    right: Rows


class _Turns:
    """A contender's turns so far; one that fails takes no further part."""

    def __init__(self, contender: Contender, say: Say) -> None:
        self.contender = contender
        self.windows: list[Window] = []
        self.failure: str | None = None
        self._say = say

    def install(self) -> None:
        self._say(f"installing {self.contender.name}")
        try:
            self.contender.install()
        except PerbillionError as error:
            self._fail(error)

    def take(self, bench: Workbench, plan: PeersPlan, question: _Question) -> None:
        try:
            window = _window(bench, self.contender, plan, question)
        except PerbillionError as error:
            self._fail(error)
        else:
            self.windows.append(window)
            self._say(f"  {self.contender.name}: {window.requests_per_second:,.0f} requests/s")

    def result(self) -> Contested:
        contender = self.contender
        return Contested(
            name=contender.name,
            label=contender.label,
            codec=contender.codec.name,
            package=contender.package,
            version=contender.version,
            windows=tuple(self.windows),
            failure=self.failure,
        )

    def _fail(self, error: PerbillionError) -> None:
        self.failure = str(error)
        self._say(f"  {self.contender.name} takes no further part: {error}")


def measure_peers(
    bench: Workbench, contenders: Sequence[Contender], plan: PeersPlan, say: Say
) -> PeersResult:
    """Measure every contender in every round, in an order dealt anew each round.

    A contender that cannot be installed or started, answers wrongly or answers an error
    takes no further part, and its row says why.
    """
    repository = bench.folder("repository")
    rows = MLP.rows(1)
    question = _Question(repository, rows, right_answer(MLP.put(repository), rows))
    all_turns = [_Turns(contender, say) for contender in contenders]
    for turns in all_turns:
        turns.install()
    for number in range(plan.rounds):
        say(f"round {number + 1} of {plan.rounds}")
        for turns in random.Random(plan.seed + number).sample(all_turns, len(all_turns)):
            if turns.failure is None:
                turns.take(bench, plan, question)
    return PeersResult(
        sitting=Sitting.of(bench),
        rounds=plan.rounds,
        seconds=plan.load.seconds,
        warm_up_seconds=plan.warm_up_seconds,
        connections=plan.load.connections,
        contenders=tuple(turns.result() for turns in all_turns),
    )


def _window(bench: Workbench, contender: Contender, plan: PeersPlan, question: _Question) -> Window:
    """Start a contender, check its answer, warm it up, measure it, and stop it."""
    serving = new_serving(bench, question.repository, MLP)
    request = contender.request(question.rows)
    with running(contender, serving, question.rows, question.right) as server:
        drive(bench, server, request, WrkLoad(plan.load.connections, plan.warm_up_seconds))
        driven = drive(bench, server, request, plan.load)
        server.process.require_alive()
        server.process.require_one_core()
    return Window.of(driven)
