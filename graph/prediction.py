"""What a model predicts."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np

from contract.errors import ArtifactError, EqualityError
from contract.tensor import TensorSpec
from contract.traffic import Traffic
from graph.session import (
    Array,
    InferenceSession,
    input_specs,
    open_session,
    output_specs,
    reason_of,
)


def outputs_of(
    model: Path, inputs: Mapping[str, Array], rows_per_chunk: int = 1024
) -> tuple[Array, ...]:
    """Run a model on inputs, in chunks of rows where it accepts any number of rows.

    Parameters
    ----------
    model : Path
        An ONNX file.
    inputs : mapping of str to array
        One array for each of the model's inputs.
    rows_per_chunk : int
        Rows of one inference, so that a large set of inputs does not fill the memory.

    Returns
    -------
    tuple of array
        The model's outputs, in its order.

    Raises
    ------
    ArtifactError
        If the model cannot be loaded or run, or an input or output is no tensor that the protocol
        can carry.
    EqualityError
        If the inputs do not fit it.
    """
    session, specs = _opened(model)
    _require_fit(model, specs, inputs)
    chunks = [_run(model, session, chunk) for chunk in _chunks(session, inputs, rows_per_chunk)]
    if len(chunks) == 1:
        return chunks[0]
    return tuple(np.concatenate(parts) for parts in zip(*chunks, strict=True))


def answers_of(model: Path, traffic: Traffic) -> tuple[tuple[Array, ...], ...]:
    """Run a model on requests, one after another, and keep all answers.

    Parameters and errors are those of `each_answer`.

    Returns
    -------
    tuple of tuple of array
        For every request the model's outputs, in its order.
    """
    return tuple(each_answer(model, traffic))


def each_answer(model: Path, traffic: Traffic) -> Iterator[tuple[Array, ...]]:
    """Run a model on requests, one after another, as answers are asked for.

    Parameters
    ----------
    model : Path
        An ONNX file.
    traffic : Traffic
        What it is asked.

    Yields
    ------
    tuple of array
        For the next request the model's outputs, in its order.

    Raises
    ------
    ArtifactError, EqualityError
        As `outputs_of` does.
    """
    session, specs = _opened(model)
    for request in traffic.requests:
        _require_fit(model, specs, request)
        yield _run(model, session, request)


def _opened(model: Path) -> tuple[InferenceSession, tuple[TensorSpec, ...]]:
    session = open_session(model)
    try:
        # The outputs too: what is no tensor could not be sent back.
        output_specs(session)
        return session, input_specs(session)
    except ArtifactError as error:
        raise ArtifactError(error.what, where=str(model)) from error


def _chunks(
    session: InferenceSession, inputs: Mapping[str, Array], rows_per_chunk: int
) -> Iterator[Mapping[str, Array]]:
    leading = {spec.shape[:1] for spec in (*input_specs(session), *output_specs(session))}
    rows = {len(array) for array in inputs.values() if array.ndim}
    if leading != {(-1,)} or len(rows) != 1:
        yield inputs
        return
    # At least one chunk, also of no rows.
    for start in range(0, max(*rows, 1), rows_per_chunk):
        yield {name: array[start : start + rows_per_chunk] for name, array in inputs.items()}


def _require_fit(model: Path, specs: tuple[TensorSpec, ...], inputs: Mapping[str, Array]) -> None:
    if {spec.name for spec in specs} != set(inputs):
        raise EqualityError(
            f"takes the inputs {', '.join(spec.name for spec in specs)}, given {', '.join(inputs)}",
            where=str(model),
        )
    for spec in specs:
        array = inputs[spec.name]
        if not spec.accepts(array):
            raise EqualityError(
                f"input {spec.name!r} is {spec.datatype} of shape {spec.shape}, "
                f"given {array.dtype} of shape {array.shape}",
                where=str(model),
            )


def _run(model: Path, session: InferenceSession, inputs: Mapping[str, Array]) -> tuple[Array, ...]:
    try:
        return tuple(np.asarray(output) for output in session.run(None, dict(inputs)))
    # ONNX Runtime's exceptions share no base but Exception (its C++ binding makes them).
    except Exception as error:
        raise ArtifactError(
            f"ONNX Runtime cannot run this model: {reason_of(error)}",
            where=str(model),
            remedy="if its inputs must obey rules that the graph does not show, give recorded "
            "ones: --inputs data.npz",
        ) from error
