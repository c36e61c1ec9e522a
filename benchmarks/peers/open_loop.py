"""The open-loop generator as a process: ``python -m benchmarks.peers.open_loop ORDER.json``.

A process of its own, on a core of its own: the loop keeps its core busy.
"""

from __future__ import annotations

import gc
from dataclasses import asdict
from pathlib import Path
from typing import Literal

import numpy as np

from contract.document import Document
from loadtest.generators.measuring_process import run_order
from loadtest.wire.arrivals import Arrivals
from loadtest.wire.connection_pool import ConnectionPool
from loadtest.wire.open_loop import drive_open_loop


class OpenLoopOrder(Document):
    """What to send, how often, and where.

    Schema history: 1 = first.

    Attributes
    ----------
    port : int
        Of the loopback interface.
    request : Path
        The bytes of the request, as they go over the connection.
    outcome : Path
        Where the columns of the outcome go.
    rate_hz, seconds : float
        Of evenly spaced arrivals.
    connections : int
        Most connections at a time, each with one request in flight.
    """

    schema_version: Literal[1] = 1
    port: int
    request: Path
    outcome: Path
    rate_hz: float
    seconds: float
    connections: int


def main(order_file: Path) -> None:
    """Carry out an order."""
    order = OpenLoopOrder.load(order_file)
    wire = order.request.read_bytes()
    arrivals = Arrivals(order.rate_hz, order.seconds)
    with ConnectionPool(("127.0.0.1", order.port), order.connections) as pool:
        gc.disable()
        outcome = drive_open_loop(pool, wire, arrivals)
    np.savez(order.outcome, **asdict(outcome))


if __name__ == "__main__":
    run_order(main)
