"""The in-process instrument: paired inference in a process of its own.

``python -P -m loadtest.generators.inference_loop ORDER.json`` loads a sacrificial session, then the
arms' sessions in the order given, and times one inference of every arm a round, in random
order. What is timed is ``InferenceSession.run`` on one request, as the server calls it.
"""

from __future__ import annotations

import gc
import signal
from pathlib import Path
from time import perf_counter_ns
from types import FrameType

from contract.traffic import Traffic
from graph.session import open_session
from loadtest.campaign.start_plan import copies_asked, round_orders
from loadtest.generators.measuring_process import run_order
from loadtest.generators.sample_log import SampleLog
from loadtest.instruments.start_order import InProcessOrder

_REQUESTS = 256


class PairedLoop:
    """Sessions of all arms, and the loop that times them in turns.

    Parameters
    ----------
    order : InProcessOrder
        What to load and measure.

    Raises
    ------
    ArtifactError
        If a model or the inputs cannot be read.
    """

    def __init__(self, order: InProcessOrder) -> None:
        self._order = order
        self._feeds = Traffic.load(order.traffic).drawn(_REQUESTS, order.payload_seed).requests
        self._sacrifice()
        loaded = [
            (arm, open_session(order.models[arm], threads=order.threads))
            for arm in order.load_order
        ]
        # Row: an arm; column: one of its copies.
        self._runs = [
            [session.run for name, session in loaded if name == arm] for arm in order.arms
        ]
        self.interrupted = False

    def interrupt(self, _signal: int, _frame: FrameType | None) -> None:
        """Stop after the round that is under way."""
        self.interrupted = True

    def measure(self) -> SampleLog:
        """Warm up, then take the samples that the order asks for; fewer if interrupted."""
        self._loop(self._order.warmup_rounds, self._order.order_seed + 1)
        # A collection would fall into some arm's measured time.
        gc.collect()
        gc.disable()
        try:
            return self._loop(self._order.rounds, self._order.order_seed)
        finally:
            gc.enable()

    def _sacrifice(self) -> None:
        """Load, run and discard a session: the first one in a process is the slow one."""
        order = self._order
        session = open_session(order.models[order.load_order[0]], threads=order.threads)
        # Once at least: what is first in a process is paid for by running, not by loading alone.
        for run in range(max(1, order.warmup_rounds)):
            session.run(None, self._feeds[run % len(self._feeds)])

    def _loop(self, rounds: int, seed: int) -> SampleLog:
        log = SampleLog("in_process", self._order.replicate, self._order.arms)
        arms, copies = len(self._runs), len(self._runs[0])
        orders = round_orders(arms, rounds, seed).tolist()
        asked = copies_asked(arms, rounds, copies, seed).tolist()
        for number, (order, copy_of) in enumerate(zip(orders, asked, strict=True)):
            feed = self._feeds[number % len(self._feeds)]
            for arm in order:
                run = self._runs[arm][copy_of[arm]]
                sent_ns = perf_counter_ns()
                run(None, feed)
                log.add(arm, sent_ns, perf_counter_ns())
            if self.interrupted:
                break
        return log


def main(order_file: Path) -> None:
    """Measure as an order file says and write the samples."""
    order = InProcessOrder.load(order_file)
    loop = PairedLoop(order)
    signal.signal(signal.SIGTERM, loop.interrupt)
    log = loop.measure()
    log.save(order.samples, interrupted=loop.interrupted)


if __name__ == "__main__":
    run_order(main)
