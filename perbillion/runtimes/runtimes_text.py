"""The table for a terminal."""

from __future__ import annotations

from perbillion.runtimes.row import Row
from perbillion.runtimes.runtimes_result import RowResult, RuntimesResult
from perbillion.runtimes.why import why
from perbillion.sheet import Sheet
from report.rounding import bare_interval, percent, rounded

_MINUS = "\N{MINUS SIGN}"
_HEADER = (
    "row",
    "scalings left",
    "inverted, µs",
    f"regular {_MINUS} inverted, µs",
    "of inverted",
    "A/A control",
    "why",
)


def runtimes_sheet(result: RuntimesResult) -> Sheet:
    """Lay out the rows that there are."""
    plan = result.plan
    return Sheet(
        f"Two scalings by {plan.keep_probability:g} at batch {plan.batch}, in process",
        _HEADER,
        tuple(_cells(found) for found in result.rows),
    )


def left_of(found: RowResult, scalings: int = 2) -> str:
    """Write how many scalings are left: ``2 of 2``, or ``none``."""
    return f"{found.scalings} of {scalings}" if found.scalings else "none"


def row_title(row: Row) -> str:
    """Name a row's runtime for people."""
    return {
        "onnxruntime": "ONNX Runtime",
        "torch-eager": "PyTorch eager",
        "torch-compile": "PyTorch torch.compile",
        "openvino": "OpenVINO",
        "torch-cuda-eager": "PyTorch eager, GPU",
        "torch-cuda-compile": "PyTorch torch.compile, GPU",
        "torch-cuda-graph": "PyTorch CUDA graph",
        "onnxruntime-cuda": "ONNX Runtime, CUDA provider",
    }[row.runtime]


def _cells(found: RowResult) -> tuple[str, ...]:
    cost = found.cost
    if cost is None:
        return (found.row.name, "", "", "", "", "", f"not measured: {found.why_not}")
    return (
        found.row.name,
        left_of(found),
        rounded(cost.reference),
        bare_interval(cost.difference),
        percent(cost.relative),
        percent(cost.control),
        why(found),
    )
