"""Places in the table of counters, one for each version of each model that was ever loaded."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from contract.errors import ArtifactError
from serve.models.repository import ModelFile
from serve.statistics.tallies import SLOTS


@dataclass(frozen=True, slots=True)
class PlacedFile:
    """A model file and the slot in which it is counted."""

    file: ModelFile
    slot: int


class SlotBook:
    """Gives out slots; a model that is loaded again goes on counting where it was."""

    def __init__(self) -> None:
        self._slots: dict[tuple[str, str], int] = {}

    def __len__(self) -> int:
        return len(self._slots)

    def place(self, files: Sequence[ModelFile]) -> tuple[PlacedFile, ...]:
        """Return the files with their slots.

        Raises
        ------
        ArtifactError
            If no slot is left.
        """
        placed = []
        for file in files:
            key = (file.name, file.version)
            slot = self._slots.setdefault(key, len(self._slots))
            if slot >= SLOTS:
                del self._slots[key]
                raise ArtifactError(
                    f"more than {SLOTS} versions of models were loaded",
                    where=str(file.path),
                    remedy="start the server anew, or another one for some of the models",
                )
            placed.append(PlacedFile(file, slot))
        return tuple(placed)
