"""Cards of networks: what a trained network is and how it was made."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

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
    """A trained network: its shape, its training, what came out.

    Schema history: 1 = first.

    Attributes
    ----------
    name : str
        ``none``, ``inverted``, ``regular`` (matched with inverted) or ``regular-naive``.
    dropout : str
        Which dropout layer it has: ``none``, ``inverted`` or ``regular``.
    matching : str
        ``matched``: started and trained by the rule that makes it follow ``inverted``;
        ``naive``: same start and learning rate; empty where there is nothing to match.
    layer_widths : tuple of int
        Input, hidden and output widths.
    drop_probabilities : tuple of float
        The probability of dropping a unit, per hidden layer; zeros without dropout.
    weights_file, weights_sha256 : str
        The state dict beside this card.
    """

    schema_version: Literal[1] = 1
    name: str
    dropout: Literal["none", "inverted", "regular"]
    matching: Literal["", "matched", "naive"]
    layer_widths: tuple[int, ...]
    drop_probabilities: tuple[float, ...]
    activation: str
    epochs: int
    batch_size: int
    learning_rate: float
    seed: int
    data: DataFacts
    accuracy: Accuracy
    weights_file: str
    weights_sha256: str
    torch_version: str


class LearningCurve(Document):
    """Loss and accuracy after each epoch; all lists have one number an epoch.

    Schema history: 1 = first.
    """

    schema_version: Literal[1] = 1
    name: str
    train_loss: tuple[float, ...]
    validation_loss: tuple[float, ...]
    train_accuracy: tuple[float, ...]
    validation_accuracy: tuple[float, ...]
