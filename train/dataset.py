"""Images and their labels, split for training, validation and test."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from contract.network_card import DataFacts

FEATURES = 28 * 28
CLASSES = 10

Images = npt.NDArray[np.float32]
Labels = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True, eq=False)
class Split:
    """Examples that are used for one purpose.

    Attributes
    ----------
    images : float32 array, shape (n, 784)
        Rows of pixels, 0 (background) to 1.
    labels : int64 array, shape (n,)
        The digit each image shows, 0 to 9.
    """

    images: Images
    labels: Labels

    def __len__(self) -> int:
        """Return the number of examples."""
        return len(self.labels)


@dataclass(frozen=True, slots=True, eq=False)
class DataSet:
    """A data set with its fixed split.

    Attributes
    ----------
    name : str
        ``digits`` or ``mnist``.
    train, validation, test : Split
        What is learned from, watched while learning, and looked at once.
    source : str
        Where it came from and how it was split, for a reader.
    """

    name: str
    train: Split
    validation: Split
    test: Split
    source: str

    @property
    def facts(self) -> DataFacts:
        """What a card says about this data."""
        return DataFacts(
            name=self.name,
            train=len(self.train),
            validation=len(self.validation),
            test=len(self.test),
            source=self.source,
        )
