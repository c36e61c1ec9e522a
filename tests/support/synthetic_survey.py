"""Results of surveys whose truth is known."""

import numpy as np

from contract.agreement import Agreement
from contract.environment import Environment
from perbillion.break_even.break_even_result import BreakEvenPlan, BreakEvenResult, Cell
from perbillion.runtimes.paired_cost import PairedCost
from perbillion.runtimes.paired_order import Examined, StartFound
from perbillion.runtimes.row import chosen_rows
from perbillion.runtimes.runtimes_result import RowResult, RuntimesPlan, RuntimesResult

ENVIRONMENT = Environment(
    cpu="Synthetic CPU",
    cores=2,
    quota_cores=None,
    governor=None,
    memory_bytes=2**33,
    kernel="6.1",
    python="3.11.7",
    perbillion="0.1.0",
    packages={},
    seeds={"seed": 1},
)
MEASURED = "2026-11-26T09:00:00+00:00"


def cost(ratio, half_width=0.002, reference_us=15.0, pairs=6):
    """A cost whose estimate is `ratio`, with about this half-width; the control's is zero."""
    # t(5) of 95 % over the square root of 6 units is about 1.05 standard deviations.
    spread = np.linspace(-1, 1, pairs) * half_width * 1.27
    by_start = np.repeat(spread, 2)
    level = 1e3 * reference_us
    starts = [
        StartFound(
            rounds=1000,
            median_ns=(level, level * (1 + ratio + off), level * (1 + off)),
            mean_ns=(level, level * (1 + ratio + off), level * (1 + off)),
            paired_ns=(0.0, level * (ratio + off), level * off),
        )
        for off in by_start
    ]
    return PairedCost.of(starts, 0.001, 0.002)


def break_even(ratios, half_width=0.002):
    """A map of (width, batch) to ratio."""
    widths = tuple(sorted({width for width, _ in ratios}))
    batches = tuple(sorted({batch for _, batch in ratios}))
    result = BreakEvenResult(
        measured=MEASURED,
        environment=ENVIRONMENT,
        plan=BreakEvenPlan(widths=widths, batches=batches),
    )
    for (width, batch), ratio in ratios.items():
        cell = Cell(width=width, batch=batch, cost=cost(ratio, half_width))
        result = result.with_cell(cell, "ONNX Runtime 1.32.0")
    return result


def examined(regular, scalings, inverted=("FusedGemm", "FusedGemm", "Gemm"), version="Test 1.0"):
    return Examined(
        version=version,
        operations={"inverted": inverted, "regular": regular, "again": inverted},
        scalings={"inverted": 0, "regular": scalings, "again": 0},
        agreement=Agreement(
            rows=64,
            largest_absolute_difference=1e-6,
            largest_relative_difference=1e-7,
            tolerance=1e-4,
            class_agreement=1.0,
            same_function=True,
        ),
    )


def runtimes(measured, absent=()):
    """A table: row name to (examined, cost), and row name to reason."""
    result = RuntimesResult(measured=MEASURED, environment=ENVIRONMENT, plan=RuntimesPlan())
    for name, (looked, paid) in measured.items():
        (row,) = chosen_rows((name,))
        result = result.with_row(RowResult.measured(row, looked, paid))
    for name, reason in dict(absent).items():
        (row,) = chosen_rows((name,))
        result = result.with_row(RowResult(row=row, why_not=reason))
    return result
