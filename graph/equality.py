"""The equality gate: only graphs that compute the same function may be compared for cost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from onnx import TensorProto

from contract.agreement import Agreement
from contract.errors import EqualityError
from contract.traffic import Traffic
from graph.model_file import read_structure
from graph.output_difference import OutputDifference
from graph.precision import coarsest_float
from graph.prediction import each_answer
from graph.session import Array

Outputs = Sequence[Array]


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
        For outputs that are nearly all zero: sixteen unit roundoffs of float32, and of float64.
        Of half precision that many would hide a whole softmax over a thousand classes; there it
        is a tenth of such a class's probability.
    relative : float
        A sum of n products is off by at most n u of the sum of their magnitudes, u being the unit
        roundoff (Higham, "Accuracy and Stability of Numerical Algorithms", section 3.1), and with
        high probability by a small multiple of sqrt(n) u (Higham and Mary, "A New Approach to
        Probabilistic Rounding Error Analysis", SIAM J. Sci. Comput. 41(5), 2019). Two graphs both
        round. For the n = 784 terms of the lecture's first layer the bounds are

        =========  =======  ================  ===================
        type       u        2 n u, for sure   2 sqrt(n) u, likely
        =========  =======  ================  ===================
        float64    2^-53    1.7e-13           6.2e-15
        float32    2^-24    9.3e-5            3.3e-6
        float16    2^-11    0.77              0.027
        bfloat16   2^-8     6.1               0.22
        =========  =======  ================  ===================

        The wide types take the first; in half precision it would allow anything, so they take
        the second. What is seen is smaller still, for rounding errors cancel; different functions
        differ by as much as their outputs are large.
    same_classes : bool
        Whether the largest element along the last axis must stand at the same place too. A row in
        which it does not counts only where the reference's margin between the two elements
        exceeds the difference that is allowed: else they are a tie as far as the precision goes.
    """

    absolute: float = 1e-6
    relative: float = 1e-4
    same_classes: bool = True

    def allowed(self, scale: float) -> float:
        """Return the largest difference allowed where outputs are of this magnitude."""
        return self.absolute + self.relative * scale


FLOAT64 = Tolerance(absolute=2e-15, relative=2e-13)
FLOAT32 = Tolerance()
FLOAT16 = Tolerance(absolute=1e-4, relative=0.03)
BFLOAT16 = Tolerance(absolute=1e-4, relative=0.22)
_BY_TYPE: Mapping[int, Tolerance] = {
    TensorProto.DOUBLE: FLOAT64,
    TensorProto.FLOAT: FLOAT32,
    TensorProto.FLOAT16: FLOAT16,
    TensorProto.BFLOAT16: BFLOAT16,
}


def tolerance_of(model: Path) -> Tolerance:
    """Return what to allow an ONNX file: by the coarsest floating-point type that its graph holds.

    Not by its outputs' type: a graph that computes in half precision and casts its result to
    float32 has the errors of half precision. Integers, booleans and text must be equal always.
    Weights in 8 bits and fewer, which are widened before anything is computed, have no part in
    it: a quantised model and the one it was made from are different functions.

    Raises
    ------
    ArtifactError
        If the file cannot be read.
    """
    kind = coarsest_float(read_structure(model))
    return FLOAT32 if kind is None else _BY_TYPE[kind]


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
            largest_relative_difference=self.largest_relative_difference,
            tolerance=self.allowed_difference,
            class_agreement=self.class_agreement,
            same_function=self.same_function,
        )


def measured_equality(
    reference: Outputs, other: Outputs, tolerance: Tolerance = FLOAT32
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
    return equality_of_answers([reference], [other], tolerance)


def equality_of_answers(
    reference: Iterable[Outputs], other: Iterable[Outputs], tolerance: Tolerance = FLOAT32
) -> Equality:
    """Compare the answers of two models, request by request.

    Answers are compared as they come and none is kept. An output's scale is that of all of its
    answers.

    Parameters
    ----------
    reference, other : iterable of sequence of array
        For the same requests, each model's outputs.
    tolerance : Tolerance
        What to allow.

    Raises
    ------
    EqualityError
        As `measured_equality` does.
    """
    rows = 0
    found: dict[int, OutputDifference] = {}
    for expected, given in zip(reference, other, strict=True):
        _require_alike(expected, given)
        rows += len(expected[0]) if expected and expected[0].ndim else 1
        for place, (a, b) in enumerate(zip(expected, given, strict=True)):
            if a.size:
                here = OutputDifference.of(a, b)
                found[place] = found[place].joined(here) if place in found else here
    if not found:
        raise EqualityError("there is no output to compare")
    return _judged(rows, tuple(found.values()), tolerance)


def measure_equality(
    models: Mapping[str, Path], traffic: Traffic, tolerance: Tolerance | None = None
) -> dict[str, Equality]:
    """Measure how closely models follow the first of them, whatever comes out.

    Parameters
    ----------
    models : mapping of str to Path
        Arm to ONNX file; the first is the reference.
    traffic : Traffic
        What to compare them on.
    tolerance : Tolerance, optional
        What to allow; the loosest of `tolerance_of` the models where it is not given.

    Returns
    -------
    dict of str to Equality
        For every arm but the reference, how closely it follows the reference.

    Raises
    ------
    EqualityError
        If the outputs of two models cannot be compared at all, or the traffic does not fit one.
    ArtifactError
        If a model cannot be loaded or run.
    """
    allowed = tolerance or max(map(tolerance_of, models.values()), key=lambda each: each.relative)
    (reference, reference_path), *others = models.items()
    measured = {}
    for arm, path in others:
        try:
            measured[arm] = equality_of_answers(
                each_answer(reference_path, traffic), each_answer(path, traffic), allowed
            )
        except EqualityError as error:
            raise EqualityError(
                f"{arm!r} cannot be compared with {reference!r}: {error.what}",
                where=error.where or str(path),
                remedy=error.remedy,
            ) from error
    return measured


def require_same_function(
    models: Mapping[str, Path], traffic: Traffic, tolerance: Tolerance | None = None
) -> dict[str, Equality]:
    """Let only models of one function pass: the gate before any load.

    Parameters and what is returned are those of `measure_equality`.

    Raises
    ------
    EqualityError
        If an arm computes something else; names both arms and the difference.
    ArtifactError
        If a model cannot be loaded or run.
    """
    measured = measure_equality(models, traffic, tolerance)
    reference = next(iter(models))
    for arm, equality in measured.items():
        if not equality.same_function:
            raise EqualityError(
                f"{arm!r} and {reference!r} do not compute the same function: "
                f"{difference_told(equality)}",
                where=str(models[arm]),
                remedy="cost can be compared only between models of one function",
            )
    return measured


def _judged(rows: int, outputs: Sequence[OutputDifference], tolerance: Tolerance) -> Equality:
    limits = [tolerance.allowed(output.scale) if output.is_float else 0.0 for output in outputs]
    pairs = list(zip(outputs, limits, strict=True))
    nearest, limit = max(pairs, key=_nearness)
    within = all(output.largest <= allowed for output, allowed in pairs)
    ties = all(output.widest_change <= allowed for output, allowed in pairs)
    return Equality(
        rows=rows,
        largest_absolute_difference=nearest.largest,
        largest_relative_difference=nearest.relative,
        allowed_difference=limit,
        class_agreement=min(output.class_agreement for output in outputs),
        same_function=within and (ties or not tolerance.same_classes),
    )


def _nearness(compared: tuple[OutputDifference, float]) -> float:
    output, allowed = compared
    if allowed:
        return output.largest / allowed
    return float("inf") if output.largest else 0.0


def difference_told(equality: Equality) -> str:
    """Say by how much outputs differ, and how much may be."""
    return (
        f"outputs differ by up to {equality.largest_absolute_difference:.3g} where "
        f"{equality.allowed_difference:.2g} is allowed, and the same class is predicted for "
        f"{equality.class_agreement:.3%} of {equality.rows} rows"
    )


def _require_alike(reference: Outputs, other: Outputs) -> None:
    forms = [[(str(a.dtype), a.shape) for a in outputs] for outputs in (reference, other)]
    if forms[0] != forms[1]:
        raise EqualityError(f"outputs {forms[1]} where {forms[0]} are expected")
