"""The graphs and the networks that they were made from."""

from __future__ import annotations

from collections import Counter
from itertools import groupby

from contract.agreement import Agreement
from contract.network_card import Accuracy
from report.model_facts import GraphFacts, ModelFacts
from report.result import Result
from report.rounding import number
from report.tables.table import NOTHING, Table

_CHECKED = (
    "the largest difference of any output, its limit, and whether every row is given the same "
    "class. What runs is the graph after ONNX Runtime's optimisation."
)
# A transformer runs hundreds of nodes.
_MOST_RUNS = 12


def model_table(result: Result) -> Table:
    """Tell what the graphs are, and how closely they compute one function."""
    reference = result.experiment.arms[0]
    if result.experiment.comparison is not None:
        return _compared_table(result, reference)
    head = (
        "Arm",
        "Scalings",
        "What runs",
        "Parameters",
        "FLOPs a row",
        "From its network in torch",
        f"From {reference}",
        "Test accuracy",
    )
    origins = [model.origin for model in result.models if model.origin is not None]
    rows_compared = max(origin.from_network.rows for origin in origins)
    note = f"Checked on {rows_compared:,} test images: {_CHECKED}{_on_others(result)}"
    rows = tuple(
        (
            model.arm,
            str(model.scalings),
            *_graph_cells(model.graph),
            _agreement(model.origin.from_network),
            _from_reference(model),
            percent_of(model.origin.test_accuracy),
        )
        for model in result.models
        if model.origin is not None
    )
    return Table("One function, several graphs", note, head, rows)


def _compared_table(result: Result, reference: str) -> Table:
    rows_compared = max(
        (model.from_reference.rows for model in result.models if model.from_reference), default=0
    )
    note = f"Checked on {rows_compared:,} rows: {_CHECKED}"
    head = (
        "Arm",
        "Model",
        "Scalings",
        "What runs",
        "Parameters",
        "FLOPs a row",
        f"From {reference}",
    )
    rows = tuple(
        (
            model.arm,
            model.made_from,
            str(model.scalings),
            *_graph_cells(model.graph),
            _from_reference(model),
        )
        for model in result.models
    )
    return Table("Two graphs", note, head, rows)


def _graph_cells(graph: GraphFacts | None) -> tuple[str, str, str]:
    if graph is None:
        return NOTHING, NOTHING, NOTHING
    more = " or more" if graph.operators_uncounted else ""
    return (
        _in_runs(graph.operators_optimised),
        f"{graph.parameters:,}",
        f"{graph.flops_per_row:,}{more}",
    )


def _on_others(result: Result) -> str:
    others = ", ".join(model.arm for model in result.models if not model.same_function)
    told = f" Other functions, and so no part of the verdict: {others}." if others else ""
    if not any(model.origin and model.origin.samples for model in result.models):
        return told
    return (
        f"{told} Where a prediction draws random numbers, graph and network were given the same "
        "ones."
    )


def _from_reference(model: ModelFacts) -> str:
    if model.from_reference is not None:
        return _agreement(model.from_reference)
    return NOTHING if model.same_function else "another function"


def network_table(result: Result) -> Table | None:
    """Tell the accuracies of the trained networks."""
    if not result.networks:
        return None
    rows = tuple(
        (
            network.name,
            ", ".join(f"{p:g}" for p in network.drop_probabilities),
            str(network.epochs),
            *_accuracies(network.accuracy),
        )
        for network in result.networks
    )
    note = (
        "Shares of right predictions, in evaluation mode. The arms above are made from the network "
        "inverted, but for those named dropconnect; regular is trained by the rule that makes it "
        "follow inverted, regular-naive with the same start and learning rate."
    )
    head = ("Network", "Drop probability", "Epochs", "Training", "Validation", "Test")
    return Table("Trained networks", note, head, rows)


def percent_of(ratio: float) -> str:
    """Write an accuracy as a percentage with two decimals, as the lecture's notebook does."""
    return f"{number(100 * ratio, 2)} %"


def _accuracies(accuracy: Accuracy) -> tuple[str, str, str]:
    return (
        percent_of(accuracy.train),
        percent_of(accuracy.validation),
        percent_of(accuracy.test),
    )


def _in_runs(operators: tuple[str, ...]) -> str:
    """Write ``FusedGemm, 2 Mul, Gemm``: neighbours of one kind together."""
    runs = ((operator, len(list(same))) for operator, same in groupby(operators))
    told = [operator if size == 1 else f"{size} {operator}" for operator, size in runs]
    if len(told) <= _MOST_RUNS:
        return ", ".join(told)
    counted = Counter(operators).most_common()
    return f"{len(operators)} nodes: " + ", ".join(f"{size} {name}" for name, size in counted)


def _agreement(found: Agreement) -> str:
    same = found.class_agreement == 1
    classes = "same classes" if same else f"same class in {percent_of(found.class_agreement)}"
    return f"{found.largest_absolute_difference:.2g} (limit {found.tolerance:.2g})\n{classes}"
