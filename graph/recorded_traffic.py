"""Traffic that was recorded: arrays of rows (``.npz``), or a request a line (``.jsonl``)."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from contract.errors import ArtifactError, nearest
from contract.traffic import Array, Request, Traffic
from graph.model_file import read_structure
from graph.recorded_array import require_lossless, require_shape
from graph.recorded_request import recorded_request
from graph.request_form import InputForm, RequestForm, request_form

_FORMATS = (".npz", ".jsonl")


def recorded_traffic(path: Path, model: Path, *, batch: int = 1) -> Traffic:
    """Read recorded requests for a model.

    ``.npz``
        An array for each input. The leading axis counts rows, which are put together to requests
        of `batch` rows in their order; rows that are left over do not fill a request and are left
        out. Of a model without a batch dimension every row is a request. An input that has no
        batch dimension of its own may be given once, for all requests, or with a leading axis
        that counts requests. Element types are converted within their kind (float64 to float32,
        int64 to int32, integers to floats), as long as no number is out of range.
    ``.jsonl``
        Every line is a request of the Open Inference Protocol, as it was sent: a JSON object with
        ``inputs``, each with ``name``, ``shape``, ``datatype`` and ``data``, flat or nested. What
        else the object holds is passed over, empty lines too. A request keeps its own rows,
        whatever `batch` says.

    Parameters
    ----------
    path : Path
        The recording.
    model : Path
        The ONNX file that the requests are for. Weights in side files are not read.
    batch : int
        Rows of a request.

    Raises
    ------
    ArtifactError
        If the model or the recording cannot be read, or the recording does not fit the model:
        says where.
    ExperimentError
        If the model takes another number of rows.
    """
    form = request_form(read_structure(model), str(model))
    for given in form.inputs:
        if given.datatype.protocol == "BYTES":
            raise ArtifactError(
                f"input {given.name!r} takes strings, which cannot be replayed", where=str(model)
            )
    if path.suffix == ".npz":
        form.require_rows(batch, model)
        return _from_arrays(_read_arrays(path), form, batch, path)
    if path.suffix == ".jsonl":
        return _from_lines(path, form)
    raise ArtifactError(
        f"a recording cannot be read from a file of the kind {path.suffix!r}",
        where=str(path),
        remedy=nearest(path.suffix, _FORMATS),
    )


def _from_arrays(arrays: Mapping[str, Array], form: RequestForm, batch: int, path: Path) -> Traffic:
    form.require_names(arrays, str(path))
    given = {each.name: each for each in form.inputs}
    fitting = {
        name: require_lossless(arrays[name], each, f"{path}: {name}")
        for name, each in given.items()
    }
    rows = {
        name: len(array)
        for name, array in fitting.items()
        if form.batch_axis(given[name]) is not None and array.ndim
    }
    if len(set(rows.values())) > 1:
        raise ArtifactError(f"inputs differ in their number of rows: {rows}", where=str(path))
    parts = {
        name: _parts(array, given[name], form.batch_axis(given[name]), batch, f"{path}: {name}")
        for name, array in fitting.items()
    }
    counts = {name: len(part) for name, part in parts.items() if not isinstance(part, np.ndarray)}
    if len(set(counts.values())) > 1:
        raise ArtifactError(
            f"inputs differ in the number of requests they suffice for: {counts}", where=str(path)
        )
    return Traffic(
        tuple(
            {
                name: part if isinstance(part, np.ndarray) else part[place]
                for name, part in parts.items()
            }
            for place in range(max(counts.values(), default=1))
        )
    )


def _parts(
    array: Array, given: InputForm, batch_axis: int | None, batch: int, where: str
) -> Array | tuple[Array, ...]:
    """Return an input's array of every request, or the one of all of them."""
    rank = len(given.shape)
    if batch_axis is None and array.ndim == rank:
        require_shape(array.shape, given, where)
        return array
    if batch_axis is None:
        parts = tuple(array) if array.ndim else ()
    else:
        whole = range(0, len(array) - batch + 1, batch) if array.ndim == rank else ()
        parts = tuple(
            np.ascontiguousarray(np.moveaxis(array[start : start + batch], 0, batch_axis))
            for start in whole
        )
    if array.ndim != rank + (batch_axis is None) or not array.ndim:
        raise ArtifactError(
            f"has the shape {array.shape}; rows of {given.shape} are expected", where=where
        )
    if not parts:
        raise ArtifactError(
            f"has {len(array)} rows, fewer than the {batch} of a request",
            where=where,
            remedy="record more, or use a smaller batch",
        )
    require_shape(parts[0].shape, given, where)
    return tuple(np.asarray(part) for part in parts)


def _read_arrays(path: Path) -> dict[str, Array]:
    try:
        # From memory: given a path, NumPy leaves a damaged file open.
        with np.load(io.BytesIO(path.read_bytes()), allow_pickle=False) as archive:
            return {str(name): archive[name] for name in archive.files}
    # A single array, as numpy.save writes it, has no `files` and cannot be entered.
    except (AttributeError, TypeError) as error:
        raise _unreadable("it is no archive of named arrays", path) from error
    except (OSError, ValueError, EOFError, zipfile.BadZipFile, zlib.error, MemoryError) as error:
        raise _unreadable(str(error).strip().partition("\n")[0], path) from error


def _unreadable(reason: str, path: Path) -> ArtifactError:
    return ArtifactError(
        f"cannot read the recording: {reason}",
        where=str(path),
        remedy="write it with numpy.savez(path, input=array, ...)",
    )


def _from_lines(path: Path, form: RequestForm) -> Traffic:
    try:
        lines = path.read_bytes().split(b"\n")
    except OSError as error:
        raise ArtifactError(
            f"cannot read the recording: {error.strerror or error}", where=str(path)
        ) from error
    requests: list[Request] = [
        recorded_request(line, form, f"{path}, line {number}")
        for number, line in enumerate(lines, start=1)
        if line.strip()
    ]
    if not requests:
        raise ArtifactError("holds no request", where=str(path))
    return Traffic(tuple(requests))
