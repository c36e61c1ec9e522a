"""What was found by hand before perbillion measured it, beside what it measures.

The figures of that day were differences of two medians, without intervals, on a machine of the
same kind.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from perbillion.break_even.break_even_result import BreakEvenResult
from perbillion.runtimes.markdown_table import markdown_table
from perbillion.runtimes.runtimes_result import RuntimesResult
from report.rounding import percent
from stats.estimate import Estimate

# Figures of two days that are no further apart than this, beyond the interval, are the same.
_SAME = 0.01


@dataclass(frozen=True, slots=True)
class Recalled:
    """A figure of that day.

    Attributes
    ----------
    what : str
        Of which row or cell, for people.
    ratio : float or None
        The overhead; None: it could not be told from nothing.
    scalings : int or None
        How many of two scalings were left; None where nobody looked.
    """

    what: str
    ratio: float | None
    scalings: int | None = None


_ROWS = {
    "onnxruntime-all-gemm-1": Recalled("ONNX Runtime, `gemm`, 75-45", 0.097, 2),
    "torch-eager": Recalled("PyTorch eager", 59.2 / 55.6 - 1, 2),
    "torch-compile": Recalled("PyTorch `torch.compile`", 99.2 / 100.8 - 1, 0),
    "openvino": Recalled("OpenVINO", 41.7 / 41.5 - 1, 0),
}
# Width and batch size.
_CELLS = {
    (256, 1): Recalled("ONNX Runtime, 256-256, batch 1", 0.073),
    (256, 16): Recalled("ONNX Runtime, 256-256, batch 16", 0.039),
    (256, 256): Recalled("ONNX Runtime, 256-256, batch 256", 0.020),
    (1024, 1): Recalled("ONNX Runtime, 1024-1024, batch 1", None),
    (1024, 16): Recalled("ONNX Runtime, 1024-1024, batch 16", 0.007),
    (1024, 256): Recalled("ONNX Runtime, 1024-1024, batch 256", 0.006),
}


def beforehand_table(result: RuntimesResult, breaking_even: BreakEvenResult) -> str:
    """Return the table: what was found, what is found here, and whether it is the same."""
    rows = list(_compared(result, breaking_even))
    columns = ("what", "beforehand", "here", "the same")
    return markdown_table(columns, rows, texts=1)


def _compared(result: RuntimesResult, breaking_even: BreakEvenResult) -> Iterator[list[str]]:
    for name, recalled in _ROWS.items():
        found = next((row for row in result.rows if row.row.name == name), None)
        if found is not None and found.cost is not None:
            yield _line(recalled, found.cost.relative, found.scalings)
    for place, recalled in _CELLS.items():
        cell = breaking_even.at(*place)
        if cell is not None:
            yield _line(recalled, cell.cost.relative, None)


def _line(recalled: Recalled, here: Estimate, scalings: int | None) -> list[str]:
    then = (
        "not distinguishable"
        if recalled.ratio is None
        else percent(Estimate(recalled.ratio, None, None, 0.95, "ratio", 1))
    )
    now = percent(here)
    if recalled.scalings is not None and scalings is not None:
        then = f"{_left(recalled.scalings)}, {then}"
        now = f"{_left(scalings)}, {now}"
    return [recalled.what, then, now, _verdict(recalled, here, scalings)]


def _verdict(recalled: Recalled, here: Estimate, scalings: int | None) -> str:
    if recalled.scalings is not None and recalled.scalings != scalings:
        return "no: the scalings"
    if here.low is None or here.high is None:
        return "no interval"
    ratio = 0.0 if recalled.ratio is None else recalled.ratio
    return "yes" if here.low - _SAME <= ratio <= here.high + _SAME else "no: the overhead"


def _left(scalings: int) -> str:
    return f"{scalings} left" if scalings else "none left"
