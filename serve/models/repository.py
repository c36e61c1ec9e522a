"""The model repository on disk: ``<repository>/<model>/<version>/model.onnx``.

Names of models come from this folder's listing alone. What a client asks for is looked up
among the models that were loaded and never becomes a path, so no name leaves the folder.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from contract.errors import ArtifactError, nearest
from contract.repository import MODEL_FILE

_LAYOUT = (
    f"lay the repository out as <model>/<version>/{MODEL_FILE}, for example mlp/1/{MODEL_FILE}"
)
# What stands in a URL's path as it is and cannot be "." or "..".
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9._-]*")
_VERSION = re.compile(r"[1-9][0-9]{0,17}")


@dataclass(frozen=True, slots=True)
class ModelFile:
    """One version of one model, not yet loaded.

    Attributes
    ----------
    name : str
        The folder's name.
    version : str
        The version folder's name: an integer from 1, without leading zeros.
    path : Path
        The ONNX file.
    """

    name: str
    version: str
    path: Path

    @property
    def folder(self) -> Path:
        """The model's folder, which all of its versions share."""
        return self.path.parent.parent


def find_models(repository: Path, wanted: tuple[str, ...] | None) -> tuple[ModelFile, ...]:
    """List the model files in the order in which they are to be loaded.

    Parameters
    ----------
    repository : Path
        The folder that holds one folder a model. Files and hidden folders are passed over.
    wanted : tuple of str or None
        Names of models, in order; None for all, sorted. All versions of a model follow one
        another, the lowest first.

    Raises
    ------
    ArtifactError
        If the folder is missing or holds no model, a name is not in it or is given twice,
        or a model has no version or a version no file.
    """
    folders = _model_folders(repository)
    names = tuple(sorted(folders)) if wanted is None else wanted
    for name in names:
        if name not in folders:
            raise ArtifactError(
                f"no model {name!r}", where=str(repository), remedy=nearest(name, sorted(folders))
            )
        if names.count(name) > 1:
            raise ArtifactError(f"model {name!r} is asked for twice", where="--models")
    return tuple(file for name in names for file in _versions(folders[name]))


def find_model_names(repository: Path) -> tuple[str, ...]:
    """Return the names of all models of a repository, sorted, whether they can be loaded or not.

    Raises
    ------
    ArtifactError
        As `find_models` does for the folder.
    """
    return tuple(sorted(_model_folders(repository)))


def _model_folders(repository: Path) -> dict[str, Path]:
    try:
        entries = [entry for entry in repository.iterdir() if entry.is_dir()]
    except OSError as error:
        reason = error.strerror or str(error)
        raise ArtifactError(
            f"cannot read the model repository: {reason}", where=str(repository)
        ) from error
    folders = {entry.name: entry for entry in entries if not entry.name.startswith(".")}
    if not folders:
        raise ArtifactError("holds no models", where=str(repository), remedy=_LAYOUT)
    for name, folder in folders.items():
        if _NAME.fullmatch(name) is None:
            raise ArtifactError(
                "not a name for a model",
                where=str(folder),
                remedy="use letters, digits, '.', '_' and '-', and begin with a letter or digit",
            )
    return folders


def _versions(folder: Path) -> list[ModelFile]:
    numbers = sorted(
        int(entry.name)
        for entry in folder.iterdir()
        if entry.is_dir() and _VERSION.fullmatch(entry.name)
    )
    if not numbers:
        raise ArtifactError("has no version folder", where=str(folder), remedy=_LAYOUT)
    files = [
        ModelFile(folder.name, str(number), folder / str(number) / MODEL_FILE) for number in numbers
    ]
    for file in files:
        if not file.path.is_file():
            raise ArtifactError("no such model file", where=str(file.path), remedy=_LAYOUT)
    return files
