"""Cards: what a network or a model is and how it was made."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from contract.agreement import Agreement
from contract.document import Document
from contract.tensor import TensorSpec


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


class Census(_Part):
    """What a graph holds, exactly counted.

    Attributes
    ----------
    operators : tuple of str
        Operators of the graph as it was exported, in order.
    operators_optimised : tuple of str
        The same after ONNX Runtime's optimisation: what really runs.
    parameters : int
        Numbers in the initialisers.
    flops_per_row : int
        Floating-point operations for one row; a multiply-add counts two. The rule stands in
        ``graph.flops``.
    operators_uncounted : tuple of str
        Operators that the rule does not know, so that `flops_per_row` is a lower bound;
        empty where every operator is counted.
    """

    operators: tuple[str, ...]
    operators_optimised: tuple[str, ...]
    parameters: int
    flops_per_row: int
    operators_uncounted: tuple[str, ...] = ()


class ModelCard(Document):
    """One arm of the experiment as an ONNX file.

    Schema history: 1 = first.

    Attributes
    ----------
    arm : str
        As in ``contract.experiment.ARMS``.
    version : str
        The version folder it lies in.
    made_from : str
        Which network or arm, and how, for a reader.
    reference : str
        The arm that it is compared with.
    same_function : bool
        Whether it computes the reference's function; an arm that does not takes no part in the
        equality gate and in no verdict.
    scalings : int
        Multiplications by 1-p, or by a root of it, at every prediction, in the graph as it was
        exported.
    parity : Agreement
        Of the graph in ONNX Runtime with the network it was exported from, in torch; for the arm
        without a network, with the numbers it is to copy.
    """

    schema_version: Literal[1] = 1
    arm: str
    version: str
    made_from: str
    reference: str
    same_function: bool
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    layer_widths: tuple[int, ...]
    drop_probabilities: tuple[float, ...]
    activation: str
    scalings: int
    opset: int
    model_file: str
    model_sha256: str
    parity: Agreement
    census: Census
    test_accuracy: float
