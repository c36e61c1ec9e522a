"""A campaign: requests of every kind to one server, what they were answered, what was found."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from hypothesis import HealthCheck, Phase, Verbosity, given, seed, settings
from hypothesis import strategies as st
from hypothesis.errors import Flaky, HypothesisWarning

from benchmarks.fuzz.exchange import LIVE, Answer, Exchange, FindingError, Stream
from benchmarks.fuzz.infer_strategies import plain_request, valid_requests
from benchmarks.fuzz.models import FuzzedModel
from benchmarks.fuzz.openapi_cases import OpenApiSession
from benchmarks.fuzz.served import FuzzedServer
from benchmarks.fuzz.spoiling import spoiled_requests
from benchmarks.fuzz.streams import streams
from benchmarks.fuzz.variation import FAMILY, STREAM_FAMILY, families, stream_families
from benchmarks.fuzz.verdict import require_as, require_form
from benchmarks.fuzz.wire import Wire

Act = Callable[[Any], None]

# A run of Hypothesis remembers all that it drew: many short ones take less time than one.
_EXAMPLES = 250
_MOST_FINDINGS = 10
_MOST_SAID = 1500
_MOST_SHOWN = 6000
# Of all requests, how many are of each part.
_SHARES = {"valid": 0.25, "spoiled": 0.45, "streams": 0.2, "openapi": 0.1}
_CONTROL = LIVE.kind


@dataclass(frozen=True, slots=True)
class Part:
    """One way to make requests.

    Attributes
    ----------
    name : str
        What it is called.
    requests : int
        How many are to be sent.
    examples : SearchStrategy
        What Hypothesis draws: a request, or a family of them.
    family : int
        How many requests one example is.
    act : callable
        Sends an example and checks what comes back.
    """

    name: str
    requests: int
    examples: st.SearchStrategy[Any]
    family: int
    act: Act


@dataclass(slots=True)
class Campaign:
    """Sends requests to one server and keeps count.

    Attributes
    ----------
    server : FuzzedServer
        Who is asked.
    models : tuple of FuzzedModel
        What it serves.
    wire : Wire
        How it is asked.
    kinds, statuses : Counter
        Requests by kind, and answers by status.
    findings : list of str
        What the server did wrong, with the smallest request found that makes it do so.
    """

    server: FuzzedServer
    models: tuple[FuzzedModel, ...]
    wire: Wire
    kinds: Counter[str] = field(default_factory=Counter)
    statuses: Counter[int] = field(default_factory=Counter)
    findings: list[str] = field(default_factory=list)

    def parts(self, requests: int, openapi: OpenApiSession) -> list[Part]:
        """Return what a campaign of so many requests consists of."""
        count = {name: round(requests * share) for name, share in _SHARES.items()}
        # The third comes upon all that the server has kept of the first two.
        valid = valid_requests(self.models).map(
            lambda one: (one.exchange(), one.twin_exchange(), one.exchange())
        )
        spoiled = spoiled_requests(self.models).map(lambda exchange: (exchange,))
        poured = streams(self.models, self.wire.host)
        operations = openapi.operations()
        each = -(-count["openapi"] // sum(operation.differ for operation in operations))
        return [
            Part("valid", count["valid"], families(valid), FAMILY, self._ask),
            Part("spoiled", count["spoiled"], families(spoiled), FAMILY, self._ask),
            Part("streams", count["streams"], stream_families(poured), STREAM_FAMILY, self._pour),
            *(
                Part(
                    operation.label,
                    each if operation.differ else 1,
                    operation.cases,
                    1,
                    self._caller(openapi),
                )
                for operation in operations
            ),
        ]

    @property
    def sent(self) -> int:
        """How many requests were generated and sent."""
        return sum(count for kind, count in self.kinds.items() if kind != _CONTROL)

    def run(self, part: Part, number: int) -> None:
        """Send a part's requests; with the same number they are the same ones.

        A finding is kept, and the part goes on with other requests. It ends early where all
        that there is to draw was drawn.
        """
        left = part.requests
        drawn = part.requests
        # One request of one example: there is nothing else to draw.
        while left > 0 and drawn > 1 and len(self.findings) < _MOST_FINDINGS:
            before = self.sent
            self._explore(part, number, min(_EXAMPLES, -(-left // part.family)))
            drawn = self.sent - before
            left -= drawn
            number += 1
            self.control()

    def control(self) -> None:
        """Ask a model something plain, one after another: whatever came before, it must answer."""
        model = self.models[self.kinds[_CONTROL] % len(self.models)]
        try:
            self._send(plain_request(model, _CONTROL))
        except FindingError as finding:
            self._keep(_CONTROL, finding)

    def _explore(self, part: Part, number: int, examples: int) -> None:
        @seed(number)
        @settings(
            max_examples=examples,
            database=None,
            deadline=None,
            phases=(Phase.generate, Phase.shrink),
            suppress_health_check=list(HealthCheck),
            verbosity=Verbosity.quiet,
            print_blob=False,
            report_multiple_bugs=False,
        )
        @given(part.examples)
        def explored(example: Any) -> None:  # noqa: ANN401 - of the part's own type
            self.listen("what came before")
            part.act(example)
            said = self.server.complaints()
            if said:
                raise FindingError(f"the server's log: ...{said[-_MOST_SAID:]}\nafter {example!r}")

        try:
            with warnings.catch_warnings():
                # It finds some requests too long to show.
                warnings.simplefilter("ignore", HypothesisWarning)
                explored()
        except FindingError as finding:
            self._keep(part.name, finding)
        except Flaky as flaky:
            # It happened once and not again: as grave, and harder to find.
            first = next(iter(getattr(flaky, "exceptions", ())), flaky)
            self._keep(f"{part.name}, not again", first.__cause__ or first.__context__ or first)

    def listen(self, when: str) -> None:
        """Keep what the server says of itself: it is to say nothing while it is asked."""
        said = self.server.complaints()
        if said:
            self._keep("log", FindingError(f"...{said[-_MOST_SAID:]}\nafter {when}"))

    def _keep(self, where: str, finding: BaseException) -> None:
        self.findings.append(f"{where}: {finding}"[:_MOST_SHOWN])

    def _ask(self, family: tuple[bool, Sequence[Exchange]]) -> None:
        together, exchanges = family
        if not together:
            for exchange in exchanges:
                self._send(exchange)
            return
        with _telling(exchanges):
            answers = self.wire.ask_at_once(exchanges)
        for exchange, answer in zip(exchanges, answers, strict=True):
            self._judge(exchange, [answer])

    def _send(self, exchange: Exchange) -> None:
        with _telling(exchange):
            answer = self.wire.ask(exchange)
        self._judge(exchange, [answer])

    def _pour(self, family: Sequence[Stream]) -> None:
        for stream in family:
            with _telling(stream):
                answers = self.wire.pour(stream)
            self._judge(stream, answers)
        # By the time that this is answered, the server has said what it has to say.
        self._send(LIVE)

    def _judge(self, sent: Exchange | Stream, answers: Sequence[Answer]) -> None:
        self.kinds[sent.kind] += 1
        expected = sent.expected if isinstance(sent, Stream) else (sent.expected,)
        with _telling(sent):
            for answer in answers:
                self.statuses[answer.status] += 1
                require_form(answer)
            if len(answers) < len(expected):
                raise FindingError(f"{len(answers)} answers where {len(expected)} must come")
            for answer, one in zip(answers, expected, strict=False):
                require_as(answer, one)

    def _caller(self, openapi: OpenApiSession) -> Act:
        def call(case: Any) -> None:  # noqa: ANN401 - schemathesis's Case
            self.kinds["openapi"] += 1
            self.statuses[openapi.call(case)] += 1

        return call


@contextmanager
def _telling(sent: object) -> Iterator[None]:
    """Add to a finding what was sent."""
    try:
        yield
    except FindingError as finding:
        raise FindingError(f"{finding}\nafter {sent!r}") from finding
