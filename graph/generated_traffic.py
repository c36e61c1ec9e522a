"""Traffic for any model, made up from what its file says it takes."""

from __future__ import annotations

from collections.abc import Mapping
from math import prod
from pathlib import Path

import numpy as np

from contract.errors import ArtifactError, ExperimentError, nearest
from contract.traffic import Traffic
from graph.dimension import size_of
from graph.input_domain import InputDomain, input_domains
from graph.model_file import read_structure
from graph.request_form import InputForm, RequestForm, request_form
from graph.session import Array

# Large enough for the poolings of a convolutional network, small enough for a quick transformer.
_OPEN_DIMENSION = 16
# A request this large is a mistake in a dimension; all requests together lie in memory.
_LARGEST_REQUEST_BYTES = 2**30
_LARGEST_TRAFFIC_BYTES = 2**28


def generated_traffic(
    model: Path,
    *,
    requests: int,
    batch: int = 1,
    seed: int = 0,
    sizes: Mapping[str, int] | None = None,
) -> Traffic:
    """Draw requests that a model can take.

    Which dimension counts rows, `graph.request_form` says. A symbol has one size in all inputs of
    all requests. Floating-point numbers are standard normal; what integers and booleans are, the
    graph says (`graph.input_domain`): look-ups stay within their table; masks begin every row with
    a one, half of the rows are all ones, and where there are zeros they end the row, as padding
    does; bytes (UINT8) are 0 to 255. The same arguments give the same traffic.

    Parameters
    ----------
    model : Path
        An ONNX file. Weights in side files are not read.
    requests : int
        How many to draw. Fewer are drawn where they would take more than 256 MiB together, but
        always one.
    batch : int
        Rows of a request.
    seed : int
        Seed of the generator.
    sizes : mapping of str to int, optional
        Symbol of an open dimension, ``x[1]`` for one without a name, to its size; 16 where it is
        not given.

    Raises
    ------
    ArtifactError
        If the file cannot be read, an input is not a tensor, or takes strings: no made-up text is
        sure to mean anything to a model.
    ExperimentError
        If the model takes another number of rows, has no dimension of a name in `sizes`, or a
        request would be too large.
    """
    structure = read_structure(model)
    form = request_form(structure, str(model))
    for given in form.inputs:
        _require_no_text(given, model)
    known = _sizes(form, batch, sizes or {}, model)
    shapes = {given.name: _shape(given, known, model) for given in form.inputs}
    count = _affordable(requests, form, shapes, model)
    domains = input_domains(structure, form)
    generator = np.random.default_rng(seed)
    return Traffic(
        tuple(
            {
                given.name: _drawn(given, shapes[given.name], domains[given.name], known, generator)
                for given in form.inputs
            }
            for _ in range(count)
        )
    )


def _require_no_text(given: InputForm, model: Path) -> None:
    if given.datatype.protocol == "BYTES":
        raise ArtifactError(
            f"input {given.name!r} takes strings: no text can be made up that is sure to mean "
            "anything to the model",
            where=str(model),
            remedy="measure the part of the model behind its look-up of strings",
        )


def _sizes(form: RequestForm, batch: int, sizes: Mapping[str, int], model: Path) -> dict[str, int]:
    """Return the size of every open dimension."""
    form.require_rows(batch, model)
    # An expression as a whole has its own size where one is given.
    names = dict.fromkeys(
        (
            *form.symbols,
            *(size for given in form.inputs for size in given.shape if isinstance(size, str)),
        )
    )
    for name in sizes:
        if name in form.batch_symbols:
            raise ExperimentError(
                f"dimension {name!r} counts rows: its size is the batch", where=str(model)
            )
        if name not in names:
            open_ones = [size for size in names if size not in form.batch_symbols]
            raise ExperimentError(
                f"no open dimension {name!r}",
                where=str(model),
                remedy=nearest(name, open_ones) if open_ones else "the model fixes all of them",
            )
    defaults = dict.fromkeys(form.symbols, _OPEN_DIMENSION)
    return {**defaults, **sizes, **dict.fromkeys(form.batch_symbols, batch)}


def _shape(given: InputForm, sizes: Mapping[str, int], model: Path) -> tuple[int, ...]:
    shape = tuple(size_of(size, sizes) for size in given.shape)
    if any(size < 0 for size in shape):
        raise ExperimentError(
            f"input {given.name!r} of shape {given.shape} would have the shape {shape}",
            where=str(model),
            remedy="give its symbols other sizes",
        )
    return shape


def _affordable(
    requests: int, form: RequestForm, shapes: Mapping[str, tuple[int, ...]], model: Path
) -> int:
    """Return how many requests of these shapes are drawn."""
    size = sum(prod(shapes[given.name]) * given.datatype.numpy.itemsize for given in form.inputs)
    if size > _LARGEST_REQUEST_BYTES:
        raise ExperimentError(
            f"a request would take {size} bytes ({shapes})",
            where=str(model),
            remedy="give a smaller batch or smaller sizes",
        )
    return min(requests, max(1, _LARGEST_TRAFFIC_BYTES // max(1, size)))


def _drawn(
    given: InputForm,
    shape: tuple[int, ...],
    domain: InputDomain,
    sizes: Mapping[str, int],
    generator: np.random.Generator,
) -> Array:
    dtype = given.datatype.numpy
    if dtype.kind == "f":
        drawn = np.float64 if dtype.itemsize == 8 else np.float32
        return np.asarray(generator.standard_normal(shape, dtype=drawn), dtype=dtype)
    if domain.is_mask:
        return _mask(shape, generator).astype(dtype)
    low, high = domain.limits(dtype, sizes)
    return np.asarray(generator.integers(low, high, shape, dtype, endpoint=True))


def _mask(shape: tuple[int, ...], generator: np.random.Generator) -> Array:
    """Ones, then zeros, along the last axis."""
    *rows, length = shape
    ones = generator.integers(1, max(length, 1), rows, endpoint=True)
    ones = np.where(generator.random(rows) < 0.5, length, ones)
    return np.arange(length) < ones[..., np.newaxis]
