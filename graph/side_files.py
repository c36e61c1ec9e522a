"""Side files: where weights of a model lie outside its own file.

A model names them by paths relative to its folder, and a path that somebody else has written may
lead anywhere. Only files that lie within the model's folder are touched. Where the model is a
link, the folder that the link leads to is the model's folder as well: ONNX Runtime has the same
rule, and the caches that models are downloaded to are laid out so.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path, PurePath

from onnx import GraphProto, ModelProto, NodeProto, TensorProto

from contract.errors import ArtifactError


@dataclass(frozen=True, slots=True)
class SideFile:
    """A file that holds weights of a model.

    Attributes
    ----------
    location : str
        Its path as the model states it, relative to the model's folder.
    path : Path
        Where it lies, all links followed.
    """

    location: str
    path: Path


def tensors_of(model: ModelProto) -> Iterator[TensorProto]:
    """Yield every constant tensor of a model: weights, attributes, those of subgraphs too."""
    yield from _of_graph(model.graph)
    for function in model.functions:
        yield from _of_nodes(function.node)


def side_files(model: ModelProto, path: Path) -> tuple[SideFile, ...]:
    """Find the side files of a model, each once.

    Parameters
    ----------
    model : ModelProto
        The model, its side files not read.
    path : Path
        Its file.

    Raises
    ------
    ArtifactError
        If one is missing, is no regular file, or lies outside of the model's folder.
    """
    locations = dict.fromkeys(
        _entries(tensor).get("location", "") for tensor in tensors_of(model) if is_outside(tensor)
    )
    return tuple(SideFile(location, _found(location, path)) for location in locations)


def read_side_files(model: ModelProto, path: Path) -> None:
    """Read all weights in side files into a model.

    Not done by ``onnx.external_data_helper``, which refuses a side file that is a link or has a
    second name. ONNX Runtime takes both, and `graph.linked_model` makes the first.

    Parameters
    ----------
    model : ModelProto
        The model, its side files not read; it is complete afterwards.
    path : Path
        Its file.

    Raises
    ------
    ArtifactError
        As `side_files` does, or if a side file cannot be read or is too short.
    """
    files = {file.location: file.path for file in side_files(model, path)}
    for tensor in tensors_of(model):
        if is_outside(tensor):
            entries = _entries(tensor)
            content = _content(files[entries.get("location", "")], tensor.name, entries, path)
            tensor.raw_data = content
            tensor.ClearField("data_location")
            del tensor.external_data[:]


def size_in_side_file(tensor: TensorProto, files: Mapping[str, Path]) -> int:
    """Return how many bytes of a side file are a tensor's; fewer than none where it is too short.

    Parameters
    ----------
    tensor : TensorProto
        A tensor in a side file.
    files : mapping of str to Path
        Location to file, of all side files of its model.

    Raises
    ------
    ValueError
        If offset or length are no numbers or negative.
    OSError
        If the file cannot be looked at.
    """
    entries = _entries(tensor)
    offset, length = _number(entries, "offset") or 0, _number(entries, "length")
    there = files[entries.get("location", "")].stat().st_size - offset
    return there if length is None else min(there, length)


def is_outside(tensor: TensorProto) -> bool:
    """Say whether a tensor's elements lie in a side file."""
    return bool(tensor.data_location == TensorProto.EXTERNAL)


def _content(file: Path, name: str, entries: dict[str, str], path: Path) -> bytes:
    try:
        offset, length = _number(entries, "offset") or 0, _number(entries, "length")
        with file.open("rb") as stream:
            stream.seek(offset)
            # What is there, at most: a length that the file says is no reason for so much memory.
            there = max(0, file.stat().st_size - offset)
            content = stream.read(there if length is None else min(there, length))
    except (OSError, ValueError) as error:
        raise _unreadable(str(error), path) from error
    if length is not None and len(content) < length:
        raise _unreadable(
            f"{name!r} is said to take {length} bytes of {file.name!r}, {len(content)} are there",
            path,
        )
    return content


def _found(location: str, path: Path) -> Path:
    shown = location[:200]
    parts = PurePath(location).parts
    if not parts or PurePath(location).is_absolute() or ".." in parts or "\0" in location:
        raise _unreadable(f"{shown!r} leads out of the model's folder", path)
    try:
        folders = [path.parent.resolve(), path.resolve().parent]
        for folder in folders:
            file = (folder / location).resolve()
            if file.exists():
                break
        if not any(file.is_relative_to(folder) for folder in folders):
            raise _unreadable(f"{shown!r} leads out of the model's folder", path)
        if not file.is_file():
            missing = "is no regular file" if file.exists() else "is missing"
            raise _unreadable(f"{shown!r} {missing}", path)
    # Links in a circle; names that are too long.
    except (OSError, RuntimeError) as error:
        raise _unreadable(f"{shown!r}: {error}", path) from error
    return file


def _entries(tensor: TensorProto) -> dict[str, str]:
    # What is not UTF-8 comes as bytes: as text it is a path that no file has.
    return {str(entry.key): str(entry.value) for entry in tensor.external_data}


def _number(entries: dict[str, str], key: str) -> int | None:
    if key not in entries:
        return None
    number = int(entries[key])
    if number < 0:
        raise ValueError(f"{key} {number} is negative")
    return number


def _of_graph(graph: GraphProto) -> Iterator[TensorProto]:
    yield from graph.initializer
    for sparse in graph.sparse_initializer:
        yield from (sparse.values, sparse.indices)
    yield from _of_nodes(graph.node)


def _of_nodes(nodes: Iterable[NodeProto]) -> Iterator[TensorProto]:
    for node in nodes:
        for attribute in node.attribute:
            yield from attribute.tensors
            if attribute.HasField("t"):
                yield attribute.t
            for sparse in (
                *attribute.sparse_tensors,
                *([attribute.sparse_tensor] if attribute.HasField("sparse_tensor") else []),
            ):
                yield from (sparse.values, sparse.indices)
            for inner in (*attribute.graphs, *([attribute.g] if attribute.HasField("g") else [])):
                yield from _of_graph(inner)


def _unreadable(reason: str, path: Path) -> ArtifactError:
    return ArtifactError(
        f"cannot read the model's weights in their side file: {reason}",
        where=str(path),
        remedy="put the model's side files beside it, or export it with its weights inside",
    )
