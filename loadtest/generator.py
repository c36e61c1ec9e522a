"""The load generator: Locust, headless, in a process of its own.

``python -P -m loadtest.generator ORDER.json`` runs one Locust user that sends rounds, one
request to every arm in random order over one connection, and writes the raw samples.
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
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter, perf_counter_ns
from typing import ClassVar

import gevent
from gevent.event import AsyncResult

from contract.errors import LoadTestError
from contract.payload import Payload
from contract.server_timing import REQUEST_HEADER
from loadtest.campaign import round_orders
from loadtest.infer_request import draw_rows, infer_request
from loadtest.measuring_process import run_order
from loadtest.sample_log import SampleLog
from loadtest.start_order import ServedOrder

_ROWS = 256
_ORDERS_AT_ONCE = 4096
_NO_ANSWER = -1
_UNANSWERED_IN_A_ROW = 20
_GRACE_SECONDS = 60.0


class Rounds:
    """What one start sends, and what came of it.

    Parameters
    ----------
    order : ServedOrder
        What to send where, and for how long.

    Attributes
    ----------
    finished : AsyncResult
        Set when the last round is done, or with the error that ended the start.
    interrupted : bool
        Whether the rounds were cut short from outside.
    """

    def __init__(self, order: ServedOrder) -> None:
        self._order = order
        self._requests = [
            infer_request(order.spec, row)
            for row in draw_rows(Payload.load(order.payload).inputs, _ROWS, order.payload_seed)
        ]
        self._paths = [f"/v2/models/{order.aliases[arm]}/infer" for arm in order.arms]
        self._round_orders = self._endless_orders()
        self._rounds_sent = 0
        self._unanswered = 0
        self._deadline = float("inf")
        self.log = self._new_log()
        self.finished: AsyncResult = AsyncResult()
        self.interrupted = False

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
        request = self._requests[self._rounds_sent % len(self._requests)]
        headers = {**request.headers, REQUEST_HEADER: "1"}
        for arm in next(self._round_orders):
            sent_ns = perf_counter_ns()
            with client.client.post(
                self._paths[arm],
                data=request.body,  # type: ignore[arg-type]  # Locust's own hint leaves out bytes
                headers=headers,
                name="infer",
                catch_response=True,
            ) as response:
                done_ns = perf_counter_ns()
                answered = response.status_code
                self.log.add(arm, sent_ns, done_ns, answered or _NO_ANSWER)
                self.log.add_server_timing((response.headers or {}).get("server-timing", ""))
            self._unanswered = 0 if answered else self._unanswered + 1
            if self._unanswered >= _UNANSWERED_IN_A_ROW:
                raise LoadTestError(
                    "the server does not answer any more", where=self._order.base_url
                )
        self._rounds_sent += 1
        self._open_or_close()

    def _open_or_close(self) -> None:
        """Begin to measure after the warm-up; end when the time is over."""
        if self._rounds_sent == self._order.warmup_rounds and not self.interrupted:
            self.log = self._new_log()
            gc.collect()
            gc.freeze()
            self._deadline = perf_counter() + self._order.seconds
        elif perf_counter() >= self._deadline:
            self.finished.set()

    def _new_log(self) -> SampleLog:
        return SampleLog("served", self._order.replicate, self._order.arms)

    def _endless_orders(self) -> Iterator[list[int]]:
        for block in itertools.count():
            seed = self._order.order_seed + block
            yield from round_orders(len(self._order.arms), _ORDERS_AT_ONCE, seed).tolist()


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
    rounds = Rounds(order)
    gevent.signal_handler(signal.SIGTERM, rounds.interrupt)
    RoundUser.rounds = rounds
    environment = Environment(user_classes=[RoundUser], host=order.base_url)
    runner = environment.create_local_runner()
    runner.start(1, spawn_rate=1)
    try:
        rounds.finished.get(timeout=order.seconds + _GRACE_SECONDS)
    except gevent.Timeout:
        raise LoadTestError(
            f"the rounds did not end within {_GRACE_SECONDS:.0f} s of their time",
            where=order.base_url,
        ) from None
    finally:
        runner.quit()
    rounds.log.save(order.samples, interrupted=rounds.interrupted)


if __name__ == "__main__":
    run_order(main)
