"""The graphs under test and the networks they came from."""

from __future__ import annotations

from contract.agreement import Agreement
from contract.graph_card import GraphCard, ModelCard
from contract.network_card import Accuracy, TrainedCard
from report.result_part import ResultPart


class GraphFacts(ResultPart):
    """What a graph holds.

    Attributes
    ----------
    operators, operators_optimised : tuple of str
        The graph as it was given, and what ONNX Runtime makes of it.
    """

    operators: tuple[str, ...]
    operators_optimised: tuple[str, ...]
    parameters: int
    flops_per_row: int
    operators_uncounted: tuple[str, ...]
    sha256: str | None


class OriginFacts(ResultPart):
    """How a graph follows from the lecture's network.

    Attributes
    ----------
    from_network : Agreement
        Of the graph in ONNX Runtime with the network it was exported from, in torch; for the arm
        without a network, with the numbers it is to copy.
    scaled_numbers : int
        How many numbers its scalings multiply, a number twice that two of them multiply.
    samples : int or None
        How many samples of each layer a prediction draws and averages; None where it draws none.
    """

    from_network: Agreement
    test_accuracy: float
    scaled_numbers: int
    samples: int | None


class ModelFacts(ResultPart):
    """One arm's model, and how closely it computes what it should.

    Attributes
    ----------
    made_from : str
        Where it came from.
    from_reference : Agreement or None
        Of the model with the reference's; None for the reference, and for an arm that nothing is
        to be compared of.
    scalings : int
        Multiplications by a constant number at every prediction: nodes of the graph.
    graph : GraphFacts or None
        None where only the model's server has it.
    origin : OriginFacts or None
        None where nobody trained the model here.
    """

    arm: str
    made_from: str
    same_function: bool
    from_reference: Agreement | None
    scalings: int
    graph: GraphFacts | None
    origin: OriginFacts | None


class NetworkFacts(ResultPart):
    """One trained network."""

    name: str
    dropout: str
    matching: str
    drop_probabilities: tuple[float, ...]
    epochs: int
    accuracy: Accuracy


def model_facts(card: GraphCard, from_reference: Agreement | None) -> ModelFacts:
    """Tell what a model's card says, and how the model compares with the reference's."""
    return ModelFacts(
        arm=card.arm,
        made_from=card.made_from,
        same_function=card.same_function,
        from_reference=from_reference,
        scalings=card.scalings,
        graph=_graph(card),
        origin=_origin(card) if isinstance(card, ModelCard) else None,
    )


def network_facts(card: TrainedCard) -> NetworkFacts:
    """Tell what a trained network's card says."""
    return NetworkFacts(
        name=card.name,
        dropout=card.architecture.dropout,
        matching=card.matching,
        drop_probabilities=card.architecture.drop_probabilities,
        epochs=card.epochs,
        accuracy=card.accuracy,
    )


def _graph(card: GraphCard) -> GraphFacts | None:
    if card.census is None:
        return None
    return GraphFacts(
        operators=card.census.operators,
        operators_optimised=card.census.operators_optimised,
        parameters=card.census.parameters,
        flops_per_row=card.census.flops_per_row,
        operators_uncounted=card.census.operators_uncounted,
        sha256=card.model_sha256,
    )


def _origin(card: ModelCard) -> OriginFacts:
    return OriginFacts(
        from_network=card.parity,
        test_accuracy=card.test_accuracy,
        scaled_numbers=_scaled_numbers(card),
        samples=card.samples,
    )


def _scaled_numbers(card: ModelCard) -> int:
    network = card.architecture
    if not card.scalings or network is None:
        return 0
    hidden = zip(network.layer_widths[1:-1], network.drop_probabilities, strict=True)
    scaled = [width for width, probability in hidden if probability > 0]
    # Every dropped layer's scaling is split into equally many.
    return sum(scaled) * card.scalings // len(scaled)
