"""A model under another name, without a second copy of it."""

from __future__ import annotations

import os
from pathlib import Path

from contract.errors import ArtifactError
from graph.model_file import read_structure
from graph.side_files import side_files


def linked_model(model: Path, target: Path) -> None:
    """Put a model, with its side files, under another name without copying it.

    A model that holds its weights itself becomes a hard link: it stays what it is when the other
    name goes or is given to another file. Where the file system refuses that (another device,
    somebody else's file) it becomes a symbolic link.

    A model with side files is made of symbolic links alone. ONNX Runtime accepts a side file
    behind a link if that leads into the folder that the model's own link leads to: one hard link
    among them would break that. Nor would hard links alone do: the ``onnx`` package refuses a side
    file that has a second name, the user's own file too for as long as the link exists.

    Parameters
    ----------
    model : Path
        An ONNX file.
    target : Path
        Where the model is to lie, in a folder of its own; side files keep their paths relative to
        it. The folder is made where it is missing.

    Raises
    ------
    ArtifactError
        If the model or its side files cannot be read, or the links cannot be made.
    """
    source = model.resolve()
    files = side_files(read_structure(model), model)
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        if not files:
            _link(source, target)
            return
        target.symlink_to(source)
        for file in files:
            beside = target.parent / file.location
            beside.parent.mkdir(parents=True, exist_ok=True)
            beside.symlink_to(file.path)
    except OSError as error:
        raise ArtifactError(
            f"cannot link the model {str(model)!r}: {error.strerror or error}",
            where=str(target),
            remedy="choose a folder that you may write to",
        ) from error


def _link(source: Path, target: Path) -> None:
    try:
        os.link(source, target)
    except FileExistsError:
        raise
    except OSError:
        target.symlink_to(source)
