"""Cards of graphs: what an arm's model is, wherever it came from."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from contract.agreement import Agreement
from contract.architecture import Architecture
from contract.document import Document
from contract.tensor import TensorSpec


class Census(BaseModel):
    """What a graph holds, exactly counted.

    Attributes
    ----------
    operators : tuple of str
        Operators of the graph as it was given, in order.
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

    model_config = ConfigDict(frozen=True, extra="forbid")

    operators: tuple[str, ...]
    operators_optimised: tuple[str, ...]
    parameters: int
    flops_per_row: int
    operators_uncounted: tuple[str, ...] = ()


class GraphCard(Document):
    """One arm's model.

    Attributes
    ----------
    arm : str
        Its name in the plan.
    version : str
        The version folder it lies in.
    made_from : str
        Where it came from, for a reader.
    same_function : bool
        Whether it computes the reference's function; an arm that does not takes no part in the
        equality gate and in no verdict.
    inputs, outputs : tuple of TensorSpec
        What it takes and gives.
    scalings : int
        Multiplications by a constant number at every prediction, in the graph as it was given.
    opset : int or None
        Version of the ONNX operators; None where only its server has the file.
    model_file, model_sha256 : str or None
        The file beside this card; None where the model is served elsewhere.
    census : Census or None
        None where only its server has the file.
    url : str or None
        Where it is served, where that is not by us.
    """

    arm: str
    version: str
    made_from: str
    same_function: bool
    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    scalings: int
    opset: int | None
    model_file: str | None
    model_sha256: str | None
    census: Census | None
    url: str | None = None


class ModelCard(GraphCard):
    """One arm of the lecture's experiment as an ONNX file.

    Schema history: 1 = first; 2 = agreements with relative differences and shares of classes; 3 =
    the architecture as one part, samples.

    Attributes
    ----------
    reference : str
        The arm that it is compared with.
    architecture : Architecture or None
        Of the network that it predicts like; None for the arm without a network.
    samples : int or None
        How many samples of each layer a prediction draws and averages; None where it draws none.
    parity : Agreement
        Of the graph in ONNX Runtime with the network it was exported from, in torch; for the arm
        without a network, with the numbers it is to copy. Where a prediction draws, both are given
        the same draws.
    test_accuracy : float
        Share of right predictions on the test split, 0 to 1, each made once.
    """

    schema_version: Literal[3] = 3
    reference: str
    architecture: Architecture | None
    samples: int | None
    opset: int
    model_file: str
    model_sha256: str
    parity: Agreement
    census: Census
    test_accuracy: float


class ComparedCard(GraphCard):
    """One arm of a comparison: a model that somebody has.

    Schema history: 1 = first.
    """

    schema_version: Literal[1] = 1
