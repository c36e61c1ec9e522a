"""The load generator: Locust, headless, in a process of its own.

``python -P -m loadtest.generators.generator ORDER.json FD`` waits at the pipe FD for the server's
address, then runs one Locust user that sends rounds, one request to every arm in random order over
one connection, and writes the raw samples.
Locust is used as a library: its command line would import a locustfile by its folder,
read a ``locust.conf`` of the user's, and swallow what a listener raises.

Importing Locust patches the standard library's sockets and threads in the whole process,
so nothing but this process may import this file.
"""

# Locust patches the standard library when it is imported, so it comes first.
from locust import FastHttpUser, constant, task  # isort: skip
from locust.env import Environment  # isort: skip
from locust.exception import StopUser  # isort: skip

import gc
import itertools
import signal
import sys
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, perf_counter_ns
from typing import ClassVar, NamedTuple

import gevent
from gevent.event import AsyncResult

from contract.block_log import BlockLog
from contract.errors import LoadTestError
from contract.server_timing import REQUEST_HEADER
from contract.traffic import Traffic
from loadtest.campaign.start_plan import copies_asked, round_orders
from loadtest.generators.cpu_blocks import measure_blocks
from loadtest.generators.infer_request import infer_request, json_request
from loadtest.generators.measuring_process import run_order
from loadtest.generators.sample_log import SampleLog
from loadtest.instruments.address_pipe import ServerAddress, await_address
from loadtest.instruments.start_order import ServedOrder

_REQUESTS = 256
_ORDERS_AT_ONCE = 4096
_NO_ANSWER = -1
_OK = 200
_UNANSWERED_IN_A_ROW = 20
_GRACE_SECONDS = 60.0


class _Answer(NamedTuple):
    """What came of one request; the status is 0 without an answer."""

    sent_ns: int
    done_ns: int
    status: int
    server_timing: str


class Rounds:
    """What one start sends, and what came of it.

    Parameters
    ----------
    order : ServedOrder
        What to send, and for how long.
    address : ServerAddress
        Where to send it.

    Attributes
    ----------
    finished : AsyncResult
        Set when the last round is done, or with the error that ended the start.
    interrupted : bool
        Whether the rounds were cut short from outside.
    blocks : BlockLog or None
        The blocks of one arm that followed the rounds.
    """

    def __init__(self, order: ServedOrder, address: ServerAddress) -> None:
        self._order = order
        self._address = address
        put = infer_request if order.binary else json_request
        self._requests = [
            put(request)
            for request in Traffic.load(order.traffic).drawn(_REQUESTS, order.payload_seed).requests
        ]
        # Row: an arm; column: one of its copies.
        self._paths = [
            [order.urls[arm]]
            if arm in order.urls
            else [f"/v2/models/{alias}/infer" for alias in order.aliases[arm]]
            for arm in order.arms
        ]
        # Readings of several servers' clocks cannot be subtracted from one another.
        self._asking = {} if order.urls else {REQUEST_HEADER: "1"}
        self._round_plans = self._endless_plans()
        self._rounds_sent = 0
        self._unanswered = 0
        self._deadline = float("inf")
        self.log = self._new_log()
        self.finished: AsyncResult = AsyncResult()
        self.interrupted = False
        self.blocks: BlockLog | None = None

    def interrupt(self) -> None:
        """Stop after the round that is under way."""
        self.interrupted = True
        self._deadline = 0.0

    def send_round(self, client: FastHttpUser) -> None:
        """Send one request to every arm; tell when it was the last round.

        Raises
        ------
        LoadTestError
            If the server does not answer any more.
        """
        arms, copy_of = next(self._round_plans)
        for arm in arms:
            answer = self._send(client, arm, copy_of[arm])
            self.log.add(arm, answer.sent_ns, answer.done_ns, answer.status or _NO_ANSWER)
            self.log.add_server_timing(answer.server_timing)
        self._rounds_sent += 1
        self._open_or_close(client)

    def _send(self, client: FastHttpUser, arm: int, copy: int) -> _Answer:
        """Send one request, the same bytes to every arm of a round, and wait for its answer."""
        request = self._requests[self._rounds_sent % len(self._requests)]
        headers = {**request.headers, **self._asking}
        sent_ns = perf_counter_ns()
        with client.client.post(
            self._paths[arm][copy],
            data=request.body,  # type: ignore[arg-type]  # Locust's own hint leaves out bytes
            headers=headers,
            name="infer",
            catch_response=True,
        ) as response:
            done_ns = perf_counter_ns()
            status = response.status_code
            told = response.headers if self._asking else None
            timing = (told or {}).get("server-timing", "")
        self._unanswered = 0 if status else self._unanswered + 1
        if self._unanswered >= _UNANSWERED_IN_A_ROW:
            raise LoadTestError("the server does not answer any more", where=self._address.base_url)
        return _Answer(sent_ns, done_ns, status, timing)

    def _measure_blocks(self, client: FastHttpUser) -> BlockLog:
        copies = itertools.cycle(range(len(self._paths[0])))
        return measure_blocks(
            self._order,
            self._address.pid,
            lambda arm: self._send(client, arm, next(copies)).status == _OK,
        )

    def _open_or_close(self, client: FastHttpUser) -> None:
        """Begin to measure after the warm-up; end when the time is over."""
        if self._rounds_sent == self._order.warmup_rounds and not self.interrupted:
            self.log = self._new_log()
            gc.collect()
            gc.freeze()
            self._deadline = perf_counter() + self._order.seconds
        elif perf_counter() >= self._deadline:
            if self._order.blocks is not None and not self.interrupted:
                self.blocks = self._measure_blocks(client)
            self.finished.set()

    def _new_log(self) -> SampleLog:
        return SampleLog(self._order.instrument, self._order.replicate, self._order.arms)

    def _endless_plans(self) -> Iterator[tuple[list[int], list[int]]]:
        """Yield each round's order of the arms, and which copy of each arm it asks."""
        arms, copies = len(self._paths), len(self._paths[0])
        for block in itertools.count():
            seed = self._order.order_seed + block
            yield from zip(
                round_orders(arms, _ORDERS_AT_ONCE, seed).tolist(),
                copies_asked(arms, _ORDERS_AT_ONCE, copies, seed).tolist(),
                strict=True,
            )


class RoundUser(FastHttpUser):
    """One user, one connection, one round after another without a pause."""

    wait_time = constant(0)
    concurrency = 1
    rounds: ClassVar[Rounds]

    @task
    def round(self) -> None:
        """Send a round; Locust calls this again and again."""
        try:
            self.rounds.send_round(self)
        except Exception as error:  # noqa: BLE001 - Locust would log it and go on: main() raises it
            self.rounds.finished.set_exception(error)
        if self.rounds.finished.ready():
            raise StopUser


def main(order_file: Path) -> None:
    """Send rounds as an order file says and write the samples.

    Raises
    ------
    LoadTestError
        If the server stops answering, or the rounds do not come to an end.
    """
    order = ServedOrder.load(order_file)
    address = await_address(int(sys.argv[2]))
    rounds = Rounds(order, address)
    gevent.signal_handler(signal.SIGTERM, rounds.interrupt)
    RoundUser.rounds = rounds
    environment = Environment(user_classes=[RoundUser], host=address.base_url)
    runner = environment.create_local_runner()
    runner.start(1, spawn_rate=1)
    try:
        rounds.finished.get(timeout=order.seconds + _GRACE_SECONDS)
    except gevent.Timeout:
        raise LoadTestError(
            f"the rounds did not end within {_GRACE_SECONDS:.0f} s of their time",
            where=address.base_url,
        ) from None
    finally:
        runner.quit()
    if rounds.blocks is not None and order.blocks is not None:
        rounds.blocks.save(order.blocks)
    rounds.log.save(order.samples, interrupted=rounds.interrupted)


if __name__ == "__main__":
    run_order(main)
