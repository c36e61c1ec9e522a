"""The factor of a scaling, on its way through a graph."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from math import prod
from typing import Self

import numpy as np
import numpy.typing as npt

from graph.folding.unfoldable import UnfoldableError
from graph.scaling import Scaling

Shape = tuple[int | None, ...]
_AS_IT_SCALES = "the shape of what it scales is not known, and it might change it"


@dataclass(frozen=True, slots=True, eq=False)
class Factor:
    """One number for a whole tensor, or one for each place along one of its axes.

    Attributes
    ----------
    values : array of float64, shape (1,) or (places along the axis,)
        Finite, none of them 0.
    axis : int or None
        The axis, counted from the front; None for one number.
    """

    values: npt.NDArray[np.float64]
    axis: int | None = None

    @classmethod
    def of(cls, scaling: Scaling, shape: Shape | None) -> Self:
        """Take the factor of a scaling.

        Parameters
        ----------
        scaling : Scaling
            The multiplication.
        shape : tuple of int or None, or None
            Of the tensor that it scales: None for a dimension of unknown size, or for a shape of
            which nothing is known.

        Raises
        ------
        UnfoldableError
            If it is zero, no number or too small; if it changes the tensor's shape, or might; if
            it differs along several axes.
        """
        constant = scaling.factor
        values = constant.astype(np.float64)
        _require_usable(values, float(np.finfo(constant.dtype.name).tiny))
        _require_same_shape(constant.shape, shape)
        if (values == values.flat[0]).all():
            return cls(values.reshape(-1)[:1])
        varied = [axis for axis, size in enumerate(constant.shape) if size > 1]
        if len(varied) > 1:
            raise UnfoldableError("its factors differ along several axes")
        from_the_end = constant.ndim - varied[0]
        return cls(values.reshape(-1), len(shape or ()) - from_the_end)

    @property
    def is_positive(self) -> bool:
        """Whether every number of it is."""
        return bool((self.values > 0).all())

    @property
    def reciprocal(self) -> Self:
        """One by it, place for place."""
        return replace(self, values=1 / self.values)

    def on(self, axis: int | None) -> Self:
        """Return it along another axis."""
        return self if self.axis is None else replace(self, axis=axis)

    def across(self, dimensions: int, axis: int | None = None) -> npt.NDArray[np.float64]:
        """Lay it out so that it multiplies a tensor of that many dimensions.

        Parameters
        ----------
        dimensions : int
            Of the tensor.
        axis : int, optional
            Which of them it goes along, in place of its own.
        """
        along = self.axis if axis is None else axis
        if self.axis is None or along is None:
            return self.values.reshape(())
        return self.values.reshape([-1 if place == along else 1 for place in range(dimensions)])

    def rearranged(self, source: Shape | None, target: Shape | None) -> Self:
        """Follow it through a reshape, which keeps the order of a tensor's elements.

        Element number e of a tensor stands at place ``e // inner % size`` along an axis, inner
        being the number of elements behind it. A factor along an axis of the source is one along
        an axis of the target if the places there tell the places here.

        Raises
        ------
        UnfoldableError
            If it is along no one axis of the target, or sizes are not known.
        """
        if self.axis is None:
            return self
        inner = _elements(source, self.axis)
        if inner is None or target is None:
            raise UnfoldableError("sizes are not known where it meets a change of shape")
        span = inner * len(self.values)
        for axis, size in enumerate(target):
            behind = _elements(target, axis)
            if size is None or behind is None or inner % behind or size * behind % span:
                continue
            places = np.repeat(self.values, inner // behind)
            return replace(self, values=np.tile(places, size * behind // span), axis=axis)
        raise UnfoldableError("it is along no one axis once the shape has changed")


def _require_usable(values: npt.NDArray[np.float64], smallest: float) -> None:
    if values.size == 0 or not np.isfinite(values).all():
        raise UnfoldableError("it is not a finite number")
    if (values == 0).any():
        raise UnfoldableError("it is 0: the weights would be lost")
    if (np.abs(values) < smallest).any():
        raise UnfoldableError("it is too small to be held to full precision")


def _require_same_shape(constant: Sequence[int], shape: Shape | None) -> None:
    """Refuse a constant whose dimensions give the product another shape than the tensor's."""
    if not constant:
        return
    if shape is None:
        raise UnfoldableError(_AS_IT_SCALES)
    if len(constant) > len(shape):
        raise UnfoldableError("it has more dimensions than what it scales")
    for size, there in zip(reversed(constant), reversed(shape), strict=False):
        if size != 1 and there is None:
            raise UnfoldableError(_AS_IT_SCALES)
        if size not in (1, there):
            raise UnfoldableError("it is wider than what it scales")


def _elements(shape: Shape | None, axis: int) -> int | None:
    """Count the elements behind an axis; None where a size is unknown."""
    behind = [] if shape is None else [size for size in shape[axis + 1 :] if size is not None]
    return prod(behind) if shape and len(behind) == len(shape) - axis - 1 else None
