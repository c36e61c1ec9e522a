"""ONNX files: read and checked, written whole or not at all."""

from __future__ import annotations

from pathlib import Path

import onnx
from onnx.external_data_helper import load_external_data_for_model

from contract.document import write_atomically
from contract.errors import ArtifactError


def load_model(path: Path) -> onnx.ModelProto:
    """Read an ONNX file and check it.

    Weights in side files are read too, so the model in memory is complete.

    Raises
    ------
    ArtifactError
        If the file, or a side file, is missing or unreadable, or is no valid ONNX model.
    """
    try:
        content = path.read_bytes()
    except OSError as error:
        reason = error.strerror or str(error)
        raise ArtifactError(f"cannot read the model: {reason}", where=str(path)) from error
    try:
        model = onnx.load_model_from_string(content, format="protobuf")
    # protobuf's DecodeError, which only a package that is not ours to import names.
    except Exception as error:
        raise _not_onnx(path, "it cannot be decoded") from error
    try:
        load_external_data_for_model(model, str(path.parent))
    except (OSError, ValueError, onnx.checker.ValidationError) as error:
        raise ArtifactError(
            f"cannot read the model's weights in their side file: {_first_line(error)}",
            where=str(path),
        ) from error
    check_model(model, str(path))
    return model


def check_model(model: onnx.ModelProto, where: str) -> None:
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
        If it is no valid model.
    """
    try:
        onnx.checker.check_model(model)
    except onnx.checker.ValidationError as error:
        raise _not_onnx(Path(where), _first_line(error)) from error


def model_bytes(model: onnx.ModelProto) -> bytes:
    """Return the content of a model's file: the same bytes for the same model."""
    content: bytes = model.SerializeToString(deterministic=True)
    return content


def save_model(model: onnx.ModelProto, path: Path) -> None:
    """Check a model and write it to one file, atomically.

    Raises
    ------
    ArtifactError
        If the model is not valid, or the folder cannot be written to.
    """
    check_model(model, str(path))
    write_atomically(path, model_bytes(model))


def _not_onnx(path: Path, reason: str) -> ArtifactError:
    return ArtifactError(
        f"not a valid ONNX model: {reason}", where=str(path), remedy="name an .onnx file"
    )


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__)
