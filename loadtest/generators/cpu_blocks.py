"""Blocks of one arm: the cross-check of the server's own clock, from outside."""

from __future__ import annotations

from collections.abc import Callable

from contract.block_log import BlockLog, CpuBlock
from loadtest.campaign.start_plan import round_orders
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
        The blocks, in the order in which they ran: every arm once, in random order, and again.

    Raises
    ------
    LoadTestError
        If the server's clock cannot be read.
    """
    # Every arm once, then every arm again: a host whose speed drifts from one tenth of a second to
    # the next is then alike to all.
    rounds = round_orders(len(order.arms), order.blocks_per_arm, order.order_seed)
    blocks = []
    before_ns = settled_cpu_ns(server_pid)
    for arm in rounds.ravel().tolist():
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
