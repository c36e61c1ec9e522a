"""How far two models' values of one output lie apart: put together request by request."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from graph.session import Array


@dataclass(frozen=True, slots=True)
class OutputDifference:
    """What comparing one output of two models has found so far; no output is kept.

    Attributes
    ----------
    largest : float
        The largest difference of two elements at one place; infinite where one is a number and
        the other is not, or text differs.
    scale : float
        The largest finite magnitude in the reference.
    is_float : bool
        Whether the elements are floating-point numbers, which rounding may tell apart.
    classes : int
        How many rows have a largest element along the last axis; 0 where the output is no vector
        of floating-point numbers.
    same_classes : int
        In how many of them it stands at the same place in both.
    widest_change : float
        Of the rows in which it does not, the largest margin in the reference between the
        reference's largest element and the one that is the other's largest.
    """

    largest: float
    scale: float
    is_float: bool
    classes: int
    same_classes: int
    widest_change: float

    @classmethod
    def of(cls, reference: Array, other: Array) -> Self:
        """Compare one output's values for one request, of one shape and type, not empty."""
        if reference.dtype.kind not in "fiub":
            same = bool((reference == other).all())
            return cls(0.0 if same else np.inf, 0.0, False, 0, 0, 0.0)  # noqa: FBT003
        left, right = reference.astype(np.float64), other.astype(np.float64)
        same_place = (reference == other) | (np.isnan(left) & np.isnan(right))
        with np.errstate(invalid="ignore"):
            apart = np.where(same_place, 0.0, np.abs(left - right))
        if reference.dtype.kind != "f":
            # Two large integers may become one float64, but different ones are 1 apart or more.
            apart = np.maximum(apart, ~same_place)
        largest = float(np.nan_to_num(apart, nan=np.inf, posinf=np.inf).max())
        scale = float(np.abs(left, where=np.isfinite(left), out=np.zeros_like(left)).max())
        if reference.dtype.kind != "f" or reference.ndim < 2:
            return cls(largest, scale, reference.dtype.kind == "f", 0, 0, 0.0)
        return cls(largest, scale, True, *_classes(left, right))  # noqa: FBT003

    def joined(self, other: Self) -> Self:
        """Put what was found on further requests to it."""
        return type(self)(
            largest=max(self.largest, other.largest),
            scale=max(self.scale, other.scale),
            is_float=self.is_float,
            classes=self.classes + other.classes,
            same_classes=self.same_classes + other.same_classes,
            widest_change=max(self.widest_change, other.widest_change),
        )

    @property
    def relative(self) -> float:
        """The largest difference as a share of the scale."""
        if self.scale:
            return self.largest / self.scale
        return 0.0 if self.largest == 0 else np.inf

    @property
    def class_agreement(self) -> float:
        """The share of rows of the same class; 1 where there are none."""
        return self.same_classes / self.classes if self.classes else 1.0


def _classes(
    left: npt.NDArray[np.float64], right: npt.NDArray[np.float64]
) -> tuple[int, int, float]:
    """Count rows, rows of the same class, and measure the widest margin that was crossed."""
    rows, others = left.reshape(-1, left.shape[-1]), right.reshape(-1, right.shape[-1])
    chosen, instead = rows.argmax(axis=-1), others.argmax(axis=-1)
    changed = np.flatnonzero(chosen != instead)
    if not changed.size:
        return len(rows), len(rows), 0.0
    with np.errstate(invalid="ignore"):
        margins = rows[changed, chosen[changed]] - rows[changed, instead[changed]]
    # What is no number is no near-tie.
    widest = float(np.nan_to_num(margins, nan=np.inf, posinf=np.inf).max())
    return len(rows), len(rows) - changed.size, widest
