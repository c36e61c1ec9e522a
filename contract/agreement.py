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
        Of any element of an output.
    largest_relative_difference : float
        The same as a share of the output's largest magnitude.
    tolerance : float
        How large an absolute difference was allowed.
    class_agreement : float
        Share of rows, 0 to 1, for which the same class was predicted.
    same_function : bool
        Whether all of it is within what was allowed.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", ser_json_inf_nan="constants")

    rows: int
    largest_absolute_difference: float
    largest_relative_difference: float
    tolerance: float
    class_agreement: float
    same_function: bool
