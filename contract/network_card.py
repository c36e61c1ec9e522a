"""Cards of networks: what a trained network is and how it was made."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from contract.architecture import Architecture
from contract.document import Document


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class DataFacts(_Part):
    """The data a network was trained on.

    Attributes
    ----------
    name : str
        ``digits`` or ``mnist``.
    train, validation, test : int
        Number of examples of each split.
    source : str
        Where the data came from and how it was split, for a reader.
    """

    name: str
    train: int
    validation: int
    test: int
    source: str


class Accuracy(_Part):
    """Shares of right predictions, 0 to 1, in evaluation mode."""

    train: float
    validation: float
    test: float


class TrainedCard(Document):
    """A trained network: what it is, its training, what came out.

    Schema history: 1 = first; 2 = the architecture as one part, with DropConnect and where dropout
    stands; the test loss.

    Attributes
    ----------
    name : str
        In a run ``none``, ``inverted``, ``regular`` (matched with inverted), ``regular-naive`` or
        ``dropconnect``.
    matching : str
        ``matched``: started and trained by the rule that makes it follow ``inverted``;
        ``naive``: same start and learning rate; empty where there is nothing to match.
    test_loss : float
        Mean cross-entropy on the test split, in nats.
    weights_file, weights_sha256 : str
        The state dict beside this card.
    """

    schema_version: Literal[2] = 2
    name: str
    architecture: Architecture
    matching: Literal["", "matched", "naive"]
    epochs: int
    batch_size: int
    learning_rate: float
    seed: int
    data: DataFacts
    accuracy: Accuracy
    test_loss: float
    weights_file: str
    weights_sha256: str
    torch_version: str


class LearningCurve(Document):
    """Loss and accuracy after each epoch, in evaluation mode, and losses of batches within.

    Schema history: 1 = first; 2 = losses of batches.

    Attributes
    ----------
    train_loss, validation_loss, train_accuracy, validation_accuracy : tuple of float
        One number an epoch; of a network that nobody watched, the last epoch's alone.
    batch_losses : tuple of tuple of float
        For each epoch the losses of its batches 0, 50, 100, …: before the step, in training mode,
        as the lecture's notebook prints them.
    """

    schema_version: Literal[2] = 2
    name: str
    train_loss: tuple[float, ...]
    validation_loss: tuple[float, ...]
    train_accuracy: tuple[float, ...]
    validation_accuracy: tuple[float, ...]
    batch_losses: tuple[tuple[float, ...], ...]
