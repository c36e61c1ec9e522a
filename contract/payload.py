"""The payload: the test split, which the networks never saw and the models are measured on."""

from __future__ import annotations

import io
import zipfile
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from contract.document import write_atomically
from contract.errors import ArtifactError

Inputs = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Payload:
    """The test split, one row an example.

    Attributes
    ----------
    inputs : float32 array, shape (rows, features)
        What the models are given.
    labels : int64 array, shape (rows,)
        The right classes.
    """

    inputs: Inputs
    labels: Labels

    def accuracy(self, logits: npt.NDArray[np.float32]) -> float:
        """Return the share of right predictions, 0 to 1.

        Parameters
        ----------
        logits : float32 array, shape (rows, classes)
        """
        return float((logits.argmax(axis=1) == self.labels).mean())

    def save(self, path: Path) -> None:
        """Write the payload, compressed, whole or not at all.

        Raises
        ------
        ArtifactError
            If the folder cannot be written to.
        """
        buffer = io.BytesIO()
        np.savez_compressed(buffer, inputs=self.inputs, labels=self.labels)
        write_atomically(path, buffer.getvalue())

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read what `save` wrote.

        Raises
        ------
        ArtifactError
            If the file is missing or damaged.
        """
        try:
            # From memory: given a path, NumPy leaves a damaged file open.
            with np.load(io.BytesIO(path.read_bytes())) as archive:
                payload = cls(
                    inputs=np.asarray(archive["inputs"], dtype=np.float32),
                    labels=np.asarray(archive["labels"], dtype=np.int64),
                )
        except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise _damaged(path, str(error)) from error
        if payload.inputs.ndim != 2 or payload.labels.shape != payload.inputs.shape[:1]:
            raise _damaged(path, f"{payload.inputs.shape} inputs, {payload.labels.shape} labels")
        return payload


def _damaged(path: Path, reason: str) -> ArtifactError:
    return ArtifactError(
        f"cannot read the test images: {reason}",
        where=str(path),
        remedy="delete it and run `perbillion train --run RUN_DIR` again",
    )
