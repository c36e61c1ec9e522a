"""JSON documents of ours: validated, versioned, written whole or not at all."""

from __future__ import annotations

import hashlib
import os
import tempfile
from pathlib import Path
from typing import Self

from pydantic import BaseModel, ConfigDict, ValidationError

from contract.errors import ArtifactError


def write_atomically(path: Path, content: bytes) -> None:
    """Write a file so that a reader sees all of it or none of it.

    The content goes to a temporary file in the same folder, which then takes the name.

    Raises
    ------
    ArtifactError
        If the folder cannot be made or written to.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    except OSError as error:
        raise _unwritable(path, error) from error
    try:
        with os.fdopen(handle, "wb") as stream:
            stream.write(content)
            # mkstemp gives 0600; the file should be as readable as any other of the user's.
            os.fchmod(stream.fileno(), 0o644)
        Path(temporary).replace(path)
    except OSError as error:
        Path(temporary).unlink(missing_ok=True)
        raise _unwritable(path, error) from error
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def sha256_of(path: Path) -> str:
    """Return the SHA-256 of a file's content, in hexadecimal."""
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


class Document(BaseModel):
    """A frozen, validated JSON document that carries the version of its schema.

    A subclass declares ``schema_version: Literal[n] = n`` and keeps the history of its
    versions in its docstring.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    def save(self, path: Path) -> None:
        """Write the document to `path`, atomically.

        Raises
        ------
        ArtifactError
            If the folder cannot be written to.
        """
        write_atomically(path, (self.model_dump_json(indent=2) + "\n").encode())

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a document and check it against its schema.

        Raises
        ------
        ArtifactError
            If the file is missing, unreadable, or no such document.
        """
        try:
            content = path.read_bytes()
        except OSError as error:
            reason = error.strerror or str(error)
            raise ArtifactError(
                f"cannot read the {cls.__name__}: {reason}", where=str(path)
            ) from error
        try:
            return cls.model_validate_json(content)
        except ValidationError as error:
            first = error.errors()[0]
            key = ".".join(str(part) for part in first["loc"]) or "the document"
            raise ArtifactError(
                f"not a {cls.__name__} that this version reads: {key}: {first['msg']}",
                where=str(path),
                remedy="was it written by another version of perbillion?",
            ) from error


def _unwritable(path: Path, error: OSError) -> ArtifactError:
    return ArtifactError(
        f"cannot write: {error.strerror or error}",
        where=str(path),
        remedy="choose a folder that you may write to",
    )
