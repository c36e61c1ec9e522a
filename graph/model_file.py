"""ONNX files: read and checked, written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import onnx
from onnx import ModelProto

from contract.document import write_atomically
from contract.errors import ArtifactError
from graph.side_files import read_side_files
from graph.soundness import first_line, require_sound, unsound

# What one protobuf message may take: its lengths are counted in 31 bits.
_LARGEST_BYTES = 2**31 - 1


def load_model(path: Path) -> ModelProto:
    """Read an ONNX file and check it.

    Weights in side files are read too, so the model in memory is complete.

    Raises
    ------
    ArtifactError
        As `require_readable` does, or if a side file cannot be read.
    """
    model = read_structure(path)
    require_sound(model, path)
    read_side_files(model, path)
    return model


def require_readable(path: Path) -> None:
    """Check an ONNX file without reading weights in side files, and without running anything.

    Raises
    ------
    ArtifactError
        If the file is missing, unreadable, too large or no valid ONNX model; what makes a model
        valid, `graph.soundness.require_sound` says.
    """
    require_sound(read_structure(path), path)


def read_structure(path: Path) -> ModelProto:
    """Read an ONNX file as it is: unchecked, weights in side files left where they are.

    Raises
    ------
    ArtifactError
        If the file is missing, unreadable, too large, or holds no ONNX model.
    """
    try:
        if path.exists() and not path.is_file():
            kind = "it is a folder" if path.is_dir() else "it is no regular file"
            raise ArtifactError(f"cannot read the model: {kind}", where=str(path))
        size = path.stat().st_size
        if size > _LARGEST_BYTES:
            raise ArtifactError(
                f"cannot read the model: it has {size} bytes, and an ONNX file holds less than "
                f"{_LARGEST_BYTES + 1}",
                where=str(path),
                remedy="export it with its weights in a side file",
            )
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise ArtifactError(f"cannot read the model: {reason}", where=str(path)) from error
    try:
        model = onnx.load_model_from_string(content, format="protobuf")
    # protobuf's DecodeError, which only a package that is not ours to import names.
    except Exception as error:
        raise unsound("it cannot be decoded", path) from error
    if not model.HasField("graph"):
        raise unsound("it holds no graph", path)
    return model


def check_model(model: ModelProto, where: str) -> None:
    """Check a model against the ONNX standard.

    Parameters
    ----------
    model : ModelProto
        The model, with its weights in memory.
    where : str
        What to name in the error.

    Raises
    ------
    ArtifactError
        If it is no valid model, or too large to be written to one file.
    """
    if model.ByteSize() > _LARGEST_BYTES:
        raise ArtifactError(
            f"the model takes {model.ByteSize()} bytes, and an ONNX file holds less than "
            f"{_LARGEST_BYTES + 1}",
            where=where,
        )
    try:
        onnx.checker.check_model(model)
    except onnx.checker.ValidationError as error:
        raise unsound(first_line(error), Path(where)) from error


def model_bytes(model: ModelProto) -> bytes:
    """Return the content of a model's file: the same bytes for the same model."""
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def save_model(model: ModelProto, path: Path) -> None:
    """Check a model and write it to one file, atomically.

    Raises
    ------
    ArtifactError
        If the model is not valid or too large for one file, or the folder cannot be written to.
    """
    check_model(model, str(path))
    write_atomically(path, model_bytes(model))
