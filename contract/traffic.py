"""Traffic: the requests that models are compared on and loaded with."""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import prod
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from contract.document import write_atomically
from contract.errors import ArtifactError

Array = npt.NDArray[np.generic]
Request = Mapping[str, Array]
_NAMES = "names"


@dataclass(frozen=True, slots=True, eq=False)
class Traffic:
    """Requests, each with an array for every input of the model.

    Attributes
    ----------
    requests : tuple of mapping of str to array
        Input name to what is sent, with the batch dimension where the model has one. All requests
        have the same inputs of the same element types; shapes may differ from request to request.
    """

    requests: tuple[Request, ...]

    @classmethod
    def of_rows(cls, name: str, rows: Array) -> Self:
        """Make every row a request of its own: a batch of one.

        Parameters
        ----------
        name : str
            The model's one input.
        rows : array, shape (rows, ...)
            What it takes.
        """
        return cls(tuple({name: row} for row in rows[:, np.newaxis]))

    @property
    def names(self) -> tuple[str, ...]:
        """The inputs."""
        return tuple(self.requests[0]) if self.requests else ()

    def drawn(self, count: int, seed: int) -> Self:
        """Draw up to `count` different requests at random."""
        chosen = np.random.default_rng(seed).permutation(len(self.requests))[:count]
        return type(self)(tuple(self.requests[index] for index in chosen.tolist()))

    def save(self, path: Path) -> None:
        """Write the requests, compressed, whole or not at all.

        Raises
        ------
        ArtifactError
            If the folder cannot be written to.
        """
        # An input's arrays one after another in one entry, their shapes in another: an entry for
        # every request would take the archive's reader a millisecond each.
        entries: dict[str, Array] = {_NAMES: np.array(self.names)}
        for place, name in enumerate(self.names):
            arrays = [np.asarray(request[name]) for request in self.requests]
            entries[f"values{place}"] = np.concatenate([array.ravel() for array in arrays])
            entries[f"shapes{place}"] = np.array([array.shape for array in arrays], dtype=np.int64)
        buffer = io.BytesIO()
        np.savez_compressed(buffer, allow_pickle=False, **entries)
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
                names = [str(name) for name in archive[_NAMES]]
                columns = [
                    _arrays(archive[f"values{place}"], archive[f"shapes{place}"])
                    for place in range(len(names))
                ]
                return cls(
                    tuple(
                        dict(zip(names, arrays, strict=True))
                        for arrays in zip(*columns, strict=True)
                    )
                )
        except (OSError, KeyError, ValueError, EOFError, zipfile.BadZipFile, zlib.error) as error:
            raise ArtifactError(
                f"cannot read the requests: {error}",
                where=str(path),
                remedy="delete it and make the models again",
            ) from error


def _arrays(values: Array, shapes: npt.NDArray[np.int64]) -> Sequence[Array]:
    sizes = [prod(shape) for shape in shapes.tolist()]
    if sum(sizes) != len(values):
        raise ValueError(f"{len(values)} numbers where the shapes ask for {sum(sizes)}")
    parts = np.split(values, np.cumsum(sizes)[:-1]) if sizes else []
    return [part.reshape(shape) for part, shape in zip(parts, shapes.tolist(), strict=True)]
