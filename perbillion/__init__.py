"""What a difference in a served model's graph costs, per billion predictions.

From Python: ``perbillion.compare("a.onnx", "b.onnx")`` (`perbillion.comparison.comparing.compare`)
returns a `report.comparison.comparison.Comparison`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from perbillion.comparison.comparing import compare
    from report.comparison.comparison import Comparison

__all__ = ["Comparison", "compare"]


def __getattr__(name: str) -> object:
    """Load the API when it is asked for: ``perbillion --help`` must not wait for it."""
    if name == "compare":
        from perbillion.comparison.comparing import compare  # noqa: PLC0415

        return compare
    if name == "Comparison":
        from report.comparison.comparison import Comparison  # noqa: PLC0415

        return Comparison
    raise AttributeError(name)
