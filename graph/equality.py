"""The equality gate: only graphs that compute the same function may be compared for cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from contract.agreement import Agreement
from contract.errors import EqualityError
from graph.prediction import outputs_of
from graph.session import Array


@dataclass(frozen=True, slots=True)
class Tolerance:
    """How far two outputs may lie apart and still be called the same function's.

    The largest difference of an output's elements must not exceed
    ``absolute + relative * scale``, scale being the largest magnitude in the reference's
    output. It is not taken element by element: an element near zero is the difference of
    large sums and has their rounding error.

    Attributes
    ----------
    absolute : float
        For outputs that are nearly all zero.
    relative : float
        The default is for float32. A sum of n products is off by at most n * 2^-24 of the
        sum of their magnitudes (Higham, "Accuracy and Stability of Numerical Algorithms",
        section 3.1); 784 terms, the lecture's first layer, and two graphs that both round
        make 2 * 784 * 2^-24 = 9.3e-5. What is seen is tens of times smaller, for rounding
        errors cancel; different functions differ by tens of per cent.
    same_classes : bool
        Whether the largest element along the last axis must stand at the same place too.
    """

    absolute: float = 1e-6
    relative: float = 1e-4
    same_classes: bool = True

    def allowed(self, scale: float) -> float:
        """Return the largest difference allowed where outputs are of this magnitude."""
        return self.absolute + self.relative * scale


FLOAT32 = Tolerance()


@dataclass(frozen=True, slots=True)
class Equality:
    """How closely one model follows another on given inputs.

    Where a model has several outputs, the differences are those of the output that comes
    nearest to what is allowed, or exceeds it furthest.

    Attributes
    ----------
    rows : int
        Rows that both predicted.
    largest_absolute_difference : float
        Of any element; infinite where one is a number and the other is not.
    largest_relative_difference : float
        The same as a share of the output's largest magnitude in the reference.
    allowed_difference : float
        What the tolerance allows at this magnitude; 0 for integers and text.
    class_agreement : float
        Share of rows, 0 to 1, whose largest element along the last axis stands at the same
        place; 1 where the outputs are no vectors of floating-point numbers.
    same_function : bool
        The verdict: within the tolerance.
    """

    rows: int
    largest_absolute_difference: float
    largest_relative_difference: float
    allowed_difference: float
    class_agreement: float
    same_function: bool

    def agreement(self) -> Agreement:
        """Return what of it a card or a run record keeps."""
        return Agreement(
            rows=self.rows,
            largest_absolute_difference=self.largest_absolute_difference,
            tolerance=self.allowed_difference,
            classes_agree=self.class_agreement == 1,
        )


def measured_equality(
    reference: Sequence[Array], other: Sequence[Array], tolerance: Tolerance = FLOAT32
) -> Equality:
    """Compare the outputs of two models, position by position.

    Parameters
    ----------
    reference, other : sequence of array
        Outputs for the same inputs; the same number of them, of the same shapes.
    tolerance : Tolerance
        What to allow.

    Raises
    ------
    EqualityError
        If number, shapes or element types differ, or there is nothing to compare.
    """
    _require_alike(reference, other)
    rows = len(reference[0]) if reference[0].ndim else 1
    differences = [_compared(a, b, tolerance) for a, b in zip(reference, other, strict=True)]
    absolute, relative, allowed = max(differences, key=_nearness)
    agreement = min(_class_agreement(a, b) for a, b in zip(reference, other, strict=True))
    within = all(difference <= limit for difference, _, limit in differences)
    return Equality(
        rows=rows,
        largest_absolute_difference=absolute,
        largest_relative_difference=relative,
        allowed_difference=allowed,
        class_agreement=agreement,
        same_function=within and (agreement == 1 or not tolerance.same_classes),
    )


def require_same_function(
    models: Mapping[str, Path], inputs: Mapping[str, Array], tolerance: Tolerance = FLOAT32
) -> dict[str, Equality]:
    """Let only models of one function pass: the gate before any load.

    Parameters
    ----------
    models : mapping of str to Path
        Arm to ONNX file; the first is the reference.
    inputs : mapping of str to array
        What to compare them on.
    tolerance : Tolerance
        What to allow.

    Returns
    -------
    dict of str to Equality
        For every arm but the reference, how closely it follows the reference.

    Raises
    ------
    EqualityError
        If an arm computes something else; names both arms and the difference.
    ArtifactError
        If a model cannot be loaded or run.
    """
    (reference, reference_path), *others = models.items()
    expected = outputs_of(reference_path, inputs)
    measured = {}
    for arm, path in others:
        try:
            equality = measured_equality(expected, outputs_of(path, inputs), tolerance)
        except EqualityError as error:
            raise EqualityError(
                f"{arm!r} cannot be compared with {reference!r}: {error.what}",
                where=str(path),
            ) from error
        if not equality.same_function:
            raise EqualityError(
                f"{arm!r} and {reference!r} do not compute the same function: {_told(equality)}",
                where=str(path),
                remedy="cost can be compared only between models of one function",
            )
        measured[arm] = equality
    return measured


def _told(equality: Equality) -> str:
    return (
        f"outputs differ by up to {equality.largest_absolute_difference:.3g} where "
        f"{equality.allowed_difference:.2g} is allowed, and the same class is predicted for "
        f"{equality.class_agreement:.3%} of {equality.rows} rows"
    )


def _require_alike(reference: Sequence[Array], other: Sequence[Array]) -> None:
    forms = [[(str(a.dtype), a.shape) for a in outputs] for outputs in (reference, other)]
    if forms[0] != forms[1]:
        raise EqualityError(f"outputs {forms[1]} where {forms[0]} are expected")
    if not reference or any(array.size == 0 for array in reference):
        raise EqualityError("there is no output to compare")


def _compared(a: Array, b: Array, tolerance: Tolerance) -> tuple[float, float, float]:
    """Return the largest difference, the same as a share of the scale, and what is allowed."""
    if a.dtype.kind not in "fiub":
        same = bool((a == b).all())
        return (0.0, 0.0, 0.0) if same else (np.inf, np.inf, 0.0)
    left, right = a.astype(np.float64), b.astype(np.float64)
    same_place = (a == b) | (np.isnan(left) & np.isnan(right))
    with np.errstate(invalid="ignore"):
        apart = np.where(same_place, 0.0, np.abs(left - right))
    if a.dtype.kind != "f":
        # Two large integers may become one float64, but different ones are 1 apart or more.
        apart = np.maximum(apart, ~same_place)
    largest = float(np.nan_to_num(apart, nan=np.inf, posinf=np.inf).max())
    scale = float(np.abs(left, where=np.isfinite(left), out=np.zeros_like(left)).max())
    relative = largest / scale if scale else (0.0 if largest == 0 else np.inf)
    return largest, relative, tolerance.allowed(scale) if a.dtype.kind == "f" else 0.0


def _nearness(compared: tuple[float, float, float]) -> float:
    difference, _, allowed = compared
    return difference / allowed if allowed else (np.inf if difference else 0.0)


def _class_agreement(a: Array, b: Array) -> float:
    if a.dtype.kind != "f" or a.ndim < 2:
        return 1.0
    return float((a.argmax(axis=-1) == b.argmax(axis=-1)).mean())
