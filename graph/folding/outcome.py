"""Outcomes: what became of each scaling."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from graph.folding.edit import Absorption
from graph.folding.route import Route
from graph.scaling import Scaling


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one scaling of the model that was given.

    Attributes
    ----------
    output : str
        The product's name; it identifies the node.
    operator : str
        ``Mul`` or ``Div``.
    factor : str
        What it multiplies by, for people: one number, or how many from which to which.
    into : tuple of Absorption
        The constants that took it; empty where it was left.
    through : tuple of str
        First output of every node that it was taken through.
    is_exact : bool
        Whether every constant took it without rounding: a power of two. False where it was left.
    copies : int
        Constants that were copied, for others use them as they are.
    reason : str
        Why it was left; empty where it was folded.
    """

    output: str
    operator: str
    factor: str
    into: tuple[Absorption, ...] = ()
    through: tuple[str, ...] = ()
    is_exact: bool = False
    copies: int = 0
    reason: str = ""

    @property
    def is_folded(self) -> bool:
        """Whether the multiplication is gone."""
        return bool(self.into)

    @classmethod
    def folded(cls, scaling: Scaling, route: Route, copies: int) -> Outcome:
        """Tell of a scaling that went into weights."""
        return cls(
            output=scaling.output,
            operator=scaling.operator,
            factor=_told(scaling),
            into=tuple(edit.into for edit in route.edits),
            through=route.through,
            is_exact=all(edit.is_exact for edit in route.edits),
            copies=copies,
        )

    @classmethod
    def left(cls, scaling: Scaling, reason: str) -> Outcome:
        """Tell of a scaling that stays."""
        return cls(scaling.output, scaling.operator, _told(scaling), reason=reason)


def _told(scaling: Scaling) -> str:
    # Seven digits tell every float32 that people write; a reciprocal's further ones say nothing.
    values = np.unique(scaling.factor)
    if len(values) == 1:
        return f"{values[0]:.7g}"
    span = f"{values[0]:.7g} to {values[-1]:.7g}" if len(values) else "none"
    return f"{scaling.factor.size} numbers, {span}"
