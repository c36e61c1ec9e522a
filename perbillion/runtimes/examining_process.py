"""Looks at what a runtime makes of the arms, in a process of its own; measures no time.

``python -P -m perbillion.runtimes.examining_process ORDER.json``
"""

from __future__ import annotations

from pathlib import Path

from contract.errors import EqualityError
from contract.traffic import Array
from graph.equality import equality_of_answers
from loadtest.generators.measuring_process import run_order
from perbillion.runtimes.loaded_arm import Executed, open_runtime
from perbillion.runtimes.paired_order import Examined, PairedOrder


def main(order_file: Path) -> None:
    """Examine as an order file says.

    Raises
    ------
    EqualityError
        If the arms do not compute one function in this runtime.
    """
    order = PairedOrder.load(order_file)
    runtime = open_runtime(order.row)
    requests = order.requests()
    executed: dict[str, Executed] = {}
    agreements = []
    expected: list[tuple[Array, ...]] = []
    for arm in order.arms:
        loaded = runtime.load(order.models[arm], requests)
        answers: list[tuple[Array, ...]] = [(answer,) for answer in loaded.answers()]
        expected = expected or answers
        equality = equality_of_answers(expected, answers)
        if not equality.same_function:
            raise EqualityError(
                f"{arm!r} and {order.arms[0]!r} do not compute the same function here: outputs "
                f"differ by up to {equality.largest_absolute_difference:.3g} where "
                f"{equality.allowed_difference:.2g} is allowed"
            )
        agreements.append(equality.agreement())
        executed[arm] = loaded.executed()
    Examined(
        version=runtime.version,
        operations={arm: found.operations for arm, found in executed.items()},
        scalings={arm: found.scalings for arm, found in executed.items()},
        agreement=max(agreements, key=lambda each: each.largest_absolute_difference),
    ).save(order.found)


if __name__ == "__main__":
    run_order(main)
