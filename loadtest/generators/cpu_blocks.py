"""Blocks of one arm: the cross-check of the server's own clock, from outside."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from contract.block_log import BlockLog, CpuBlock
from loadtest.instruments.start_order import ServedOrder
from loadtest.machine.process_clock import settled_cpu_ns

# One request to an arm; returns whether it was answered with 200.
Send = Callable[[int], bool]


def measure_blocks(order: ServedOrder, server_pid: int, send: Send) -> BlockLog:
    """Send blocks of requests to one arm at a time and read the server's clock between them.

    Parameters
    ----------
    order : ServedOrder
        How many blocks of how many requests.
    server_pid : int
        The process whose clock is read.
    send : callable
        Sends one request to the arm of this index and waits for the answer.

    Returns
    -------
    BlockLog
        The blocks, in the random order in which they ran.

    Raises
    ------
    LoadTestError
        If the server's clock cannot be read.
    """
    places = np.tile(np.arange(len(order.arms)), order.blocks_per_arm)
    blocks = []
    before_ns = settled_cpu_ns(server_pid)
    for arm in np.random.default_rng([order.order_seed, 1]).permutation(places).tolist():
        failures = sum(not send(arm) for _ in range(order.requests_per_block))
        after_ns = settled_cpu_ns(server_pid)
        blocks.append(
            CpuBlock(
                arm=order.arms[arm],
                requests=order.requests_per_block,
                failures=failures,
                cpu_ns=after_ns - before_ns,
            )
        )
        before_ns = after_ns
    return BlockLog(replicate=order.replicate, arms=order.arms, blocks=tuple(blocks))
