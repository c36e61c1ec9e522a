"""Times every arm in turns, in a process of its own: one loop for every runtime.

``python -P -m perbillion.runtimes.paired_process ORDER.json`` loads a sacrificial arm, then the
arms in the order given, warms them up, and times one prediction of each arm a round, in random
order, with the garbage collector off.
"""

from __future__ import annotations

import gc
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from time import perf_counter_ns

import numpy as np
import numpy.typing as npt

from loadtest.campaign.start_plan import round_orders
from loadtest.generators.measuring_process import run_order
from perbillion.runtimes.loaded_arm import Call, Runtime, open_runtime
from perbillion.runtimes.paired_order import PairedOrder, StartFound
from stats.paired import arm_means, arm_quantiles, median_paired_differences

# Warm-up ends after so many rounds or so long, whichever comes first, but not before the fewest.
_WARM_ROUNDS = 500
_WARM_NS = 100_000_000
_FEWEST_WARM_ROUNDS = 2


def main(order_file: Path) -> None:
    """Measure as an order file says."""
    order = PairedOrder.load(order_file)
    runtime = open_runtime(order.row)
    with runtime.calling():
        table = measured(runtime, order)
    StartFound(
        rounds=len(table),
        median_ns=tuple(arm_quantiles(table, 0.5).tolist()),
        mean_ns=tuple(arm_means(table).tolist()),
        paired_ns=tuple(median_paired_differences(table).tolist()),
    ).save(order.found)


def measured(runtime: Runtime, order: PairedOrder) -> npt.NDArray[np.int64]:
    """Return the times of all rounds.

    Parameters
    ----------
    runtime : Runtime
        What runs the arms; calls are made within its `calling`.
    order : PairedOrder
        What to load, and how much to measure.

    Returns
    -------
    int64 array, shape (rounds, arms)
        Nanoseconds.
    """
    requests = order.requests()
    # The first model in a process is the slow one: it is loaded, run and discarded.
    sacrifice = runtime.load(order.models[order.load_order[0]], requests)
    _warm_up([sacrifice.calls], order.order_seed + 1)
    del sacrifice
    loaded = {arm: runtime.load(order.models[arm], requests) for arm in order.load_order}
    calls = [loaded[arm].calls for arm in order.arms]
    rounds = int(order.seconds * 1e9 / _warm_up(calls, order.order_seed + 2))
    rounds = max(order.fewest_rounds, min(rounds, order.most_rounds))
    # A collection would fall into some arm's measured time.
    gc.collect()
    gc.disable()
    try:
        return timed(calls, rounds, order.order_seed)
    finally:
        gc.enable()


def timed(calls: Sequence[Sequence[Call]], rounds: int, seed: int) -> npt.NDArray[np.int64]:
    """Time rounds: one call of every arm, in random order, on the same request.

    Parameters
    ----------
    calls : sequence of sequence of callable
        For each arm, a call for each request; the requests come in turns.
    rounds : int
        How many.
    seed : int
        Of the order within rounds.

    Returns
    -------
    int64 array, shape (rounds, arms)
        Nanoseconds.
    """
    table = []
    for number, order in enumerate(round_orders(len(calls), rounds, seed).tolist()):
        took = [0] * len(calls)
        for arm in order:
            call = calls[arm][number % len(calls[arm])]
            began_ns = perf_counter_ns()
            call()
            took[arm] = perf_counter_ns() - began_ns
        table.append(took)
    return np.array(table, dtype=np.int64)


def _warm_up(calls: Sequence[Sequence[Call]], seed: int) -> float:
    """Call all arms for a while; return what a round takes, in nanoseconds."""
    took: list[int] = []
    began_ns = perf_counter_ns()
    while len(took) < _FEWEST_WARM_ROUNDS or (
        len(took) < _WARM_ROUNDS and perf_counter_ns() - began_ns < _WARM_NS
    ):
        took.append(int(timed(calls, 1, seed + len(took)).sum()))
    return median(took[1:])


if __name__ == "__main__":
    run_order(main)
