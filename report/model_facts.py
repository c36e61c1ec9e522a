"""The graphs under test and the networks they came from."""

from __future__ import annotations

from contract.agreement import Agreement
from contract.card import Accuracy, ModelCard, TrainedCard
from report.result_part import ResultPart


class ModelFacts(ResultPart):
    """One arm's graph, and how closely it computes what it should.

    Attributes
    ----------
    from_network : Agreement
        Of the graph in ONNX Runtime with the network it was exported from, in torch; for the arm
        without a network, with the numbers it is to copy.
    from_reference : Agreement or None
        Of the graph with the reference's, both in ONNX Runtime; None for the reference, and for
        an arm of another function.
    scalings : int
        Multiplications by 1-p, or by a root of it, at every prediction: nodes of the graph.
    scaled_numbers : int
        How many numbers they multiply, a number twice that two of them multiply.
    operators, operators_optimised : tuple of str
        The graph as exported, and what ONNX Runtime makes of it.
    """

    arm: str
    same_function: bool
    from_network: Agreement
    from_reference: Agreement | None
    test_accuracy: float
    scalings: int
    scaled_numbers: int
    operators: tuple[str, ...]
    operators_optimised: tuple[str, ...]
    parameters: int
    flops_per_row: int
    sha256: str


class NetworkFacts(ResultPart):
    """One trained network."""

    name: str
    dropout: str
    matching: str
    drop_probabilities: tuple[float, ...]
    epochs: int
    accuracy: Accuracy


def model_facts(card: ModelCard, from_reference: Agreement | None) -> ModelFacts:
    """Tell what a model's card says, and how the model compares with the reference's."""
    return ModelFacts(
        arm=card.arm,
        same_function=card.same_function,
        from_network=card.parity,
        from_reference=from_reference,
        test_accuracy=card.test_accuracy,
        scalings=card.scalings,
        scaled_numbers=_scaled_numbers(card),
        operators=card.census.operators,
        operators_optimised=card.census.operators_optimised,
        parameters=card.census.parameters,
        flops_per_row=card.census.flops_per_row,
        sha256=card.model_sha256,
    )


def network_facts(card: TrainedCard) -> NetworkFacts:
    """Tell what a trained network's card says."""
    return NetworkFacts(
        name=card.name,
        dropout=card.dropout,
        matching=card.matching,
        drop_probabilities=card.drop_probabilities,
        epochs=card.epochs,
        accuracy=card.accuracy,
    )


def _scaled_numbers(card: ModelCard) -> int:
    if not card.scalings:
        return 0
    hidden = zip(card.layer_widths[1:-1], card.drop_probabilities, strict=True)
    scaled = [width for width, probability in hidden if probability > 0]
    # Every dropped layer's scaling is split into equally many.
    return sum(scaled) * card.scalings // len(scaled)
