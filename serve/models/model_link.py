"""Model files that are symbolic links.

ONNX Runtime looks for external data in the folder of the path that it is given, and refuses
what lies outside of it. Beside a link there may be only the link: then the data lie beside
what it leads to, and that is the model's folder.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TypeVar

from contract.errors import ArtifactError

Opened = TypeVar("Opened")

# Named like this, a file is of ONNX Runtime's own format, which it trusts more than ONNX.
_ORT_FORMAT = ".ort"


def open_through_links(model: Path, open_at: Callable[[Path], Opened]) -> Opened:
    """Open a model file where it lies or, where that fails, where its link leads.

    Parameters
    ----------
    model : Path
        A model file, or a link to one, or a link to such a link.
    open_at : callable
        Opens a model file.

    Returns
    -------
    What `open_at` returned.

    Raises
    ------
    ArtifactError
        If it can be opened nowhere.
    """
    try:
        return open_at(model)
    except ArtifactError:
        if not model.is_symlink():
            raise
        target = model.parent / model.readlink()
        if target.suffix.lower() == _ORT_FORMAT or not target.is_file():
            raise
    return open_through_links(target, open_at)
