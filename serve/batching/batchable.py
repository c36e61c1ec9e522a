"""Whether a model may be batched: found out when it is loaded, not by its clients.

Batching is right only where each row's answer depends on that row alone. A model that
normalises over the batch, sorts it, or quantises it by its largest value (as dynamic
quantisation does) would answer one client by what another has sent.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import numpy.typing as npt

from contract.errors import ArtifactError, InvalidRequestError
from contract.tensor import BY_PROTOCOL_NAME, TensorSpec
from serve.batching.batch import Array, Run
from serve.codec.signature import Signature

_ROWS = 8
# Kernels for one row may round differently from those for many: shares of an output's largest
# number. Rows that see one another differ by far more: 3e-3 at the least in the dynamically
# quantised networks that were tried.
_TOLERANCES = {"FP16": 5e-3, "FP32": 1e-4, "FP64": 1e-4}
# What is tried, the next where a model cannot compute the one before: as an index into a
# table of two rows, for example. All rows are alike in the last.
_SPREADS = (10, 2, 1)
_REMEDY = "take [batching] out of its model.toml"


def require_batchable(signature: Signature, run: Run) -> None:
    """Check that a model computes each row of a batch as it computes that row alone.

    Rows are generated; a model that mixes rows only for values that are not among them
    passes. So does one that can compute nothing but zeros.

    Parameters
    ----------
    signature : Signature
        The model's inputs and outputs.
    run : callable
        Computes all outputs, in the signature's order.

    Raises
    ------
    ArtifactError
        If a first dimension is fixed, outputs have not one row a row of input, or a row's
        answer depends on the other rows or on chance.
    """
    _require_open_rows("input", signature.inputs.values())
    _require_open_rows("output", signature.outputs.values())
    inputs = tuple(signature.inputs.values())
    outputs = tuple(signature.outputs.values())
    _require_rows(outputs, _ran(run, _generated(inputs, 2, 1)), 2)
    for spread in _SPREADS:
        rows = _generated(inputs, _ROWS, spread)
        try:
            together = run(rows)
            alone = [run(_row(rows, row)) for row in range(_ROWS)]
        except InvalidRequestError:
            continue
        _require_rows(outputs, together, _ROWS)
        for index, spec in enumerate(outputs):
            _require_equal(spec, together[index], [arrays[index] for arrays in alone])
        return
    raise ArtifactError("the model cannot compute rows of zeros one by one", remedy=_REMEDY)


def _require_open_rows(role: str, specs: Iterable[TensorSpec]) -> None:
    for spec in specs:
        if not spec.shape or spec.shape[0] != -1:
            raise ArtifactError(
                f"cannot be batched: the first dimension of {role} {spec.name!r} is fixed, its "
                f"shape is {list(spec.shape)}",
                remedy=_REMEDY,
            )


def _require_rows(specs: Sequence[TensorSpec], arrays: Sequence[Array], rows: int) -> None:
    for spec, array in zip(specs, arrays, strict=True):
        if array.ndim == 0 or array.shape[0] != rows:
            raise ArtifactError(
                f"cannot be batched: {rows} rows give an output {spec.name!r} of shape "
                f"{list(array.shape)}",
                remedy=_REMEDY,
            )


def _require_equal(spec: TensorSpec, together: Array, alone: Sequence[Array]) -> None:
    fits = all(single.shape == (1, *together.shape[1:]) for single in alone)
    if not fits or not _close(together, np.concatenate(alone), _TOLERANCES.get(spec.datatype)):
        raise ArtifactError(
            f"cannot be batched, it mixes rows: output {spec.name!r} of a row is another alone "
            "than beside others, or another each time",
            remedy=_REMEDY,
        )


def _close(batched: Array, single: Array, tolerance: float | None) -> bool:
    """Compare outputs; `tolerance` is a share of the largest, None where they must be equal."""
    if tolerance is None:
        return bool(np.array_equal(batched, single))
    expected = single.astype(np.float64)
    largest = np.abs(expected, where=np.isfinite(expected), out=np.zeros(expected.shape))
    allowed = tolerance * float(largest.max(initial=0.0))
    return np.allclose(batched.astype(np.float64), expected, 0.0, allowed, equal_nan=True)


def _ran(run: Run, inputs: dict[str, Array]) -> Sequence[Array]:
    try:
        return run(inputs)
    except InvalidRequestError as error:
        raise ArtifactError(
            f"cannot be batched: two rows of zeros fail, {error.what}", remedy=_REMEDY
        ) from error


def _row(inputs: dict[str, Array], row: int) -> dict[str, Array]:
    return {name: array[row : row + 1] for name, array in inputs.items()}


def _generated(specs: Sequence[TensorSpec], rows: int, spread: int) -> dict[str, Array]:
    """Return rows of integers below `spread`, of fractions for numbers that have some.

    Every other open dimension has size 1: warm-up has shown that the model computes that.
    """
    generator = np.random.default_rng(1)
    arrays: dict[str, Array] = {}
    for spec in specs:
        shape = (rows, *(1 if size < 0 else size for size in spec.shape[1:]))
        arrays[spec.name] = _values(spec, shape, spread, generator)
    return arrays


def _values(
    spec: TensorSpec, shape: tuple[int, ...], spread: int, generator: np.random.Generator
) -> Array:
    element = BY_PROTOCOL_NAME[spec.datatype].numpy
    whole: npt.NDArray[np.int64] = generator.integers(0, spread, shape)
    if element.kind == "O":
        text = whole.astype(str) if spread > 1 else np.full(shape, "")
        return text.astype(object)
    if element.kind != "f" or spread == 1:
        return whole.astype(element)
    return generator.standard_normal(shape).astype(element)
