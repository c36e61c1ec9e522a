"""How closely two ways of computing one function agree."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Agreement(BaseModel):
    """What comparing the outputs of two models on the same rows has found.

    Attributes
    ----------
    rows : int
        Rows that both predicted.
    largest_absolute_difference : float
        Of any logit.
    tolerance : float
        What was allowed.
    classes_agree : bool
        Whether the same class was predicted for every row.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    rows: int
    largest_absolute_difference: float
    tolerance: float
    classes_agree: bool

    @property
    def within_tolerance(self) -> bool:
        """Whether the outputs differ by no more than was allowed."""
        return self.largest_absolute_difference <= self.tolerance
