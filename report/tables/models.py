"""The graphs and the networks that they were made from."""

from __future__ import annotations

from itertools import groupby

from contract.agreement import Agreement
from contract.card import Accuracy
from report.result import Result
from report.rounding import number
from report.tables.table import NOTHING, Table


def model_table(result: Result) -> Table:
    """Tell what the graphs are, and how closely they compute one function."""
    rows = tuple(
        (
            model.arm,
            str(model.scalings),
            _in_runs(model.operators_optimised),
            f"{model.parameters:,}",
            f"{model.flops_per_row:,}",
            _agreement(model.from_network),
            NOTHING if model.from_reference is None else _agreement(model.from_reference),
            percent_of(model.test_accuracy),
        )
        for model in result.models
    )
    rows_compared = max(model.from_network.rows for model in result.models)
    note = (
        f"Checked on {rows_compared:,} test images: the largest difference of any logit, its "
        "limit, and whether every image is given the same class. What runs is the graph after ONNX "
        "Runtime's optimisation."
    )
    head = (
        "Arm",
        "Scalings",
        "What runs",
        "Parameters",
        "FLOPs a row",
        "From its network in torch",
        f"From {result.experiment.arms[0]}",
        "Test accuracy",
    )
    return Table("One function, several graphs", note, head, rows)


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
        "inverted; regular is trained by the rule that makes it follow inverted, regular-naive "
        "with the same start and learning rate."
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
    return ", ".join(operator if size == 1 else f"{size} {operator}" for operator, size in runs)


def _agreement(found: Agreement) -> str:
    classes = "same classes" if found.classes_agree else "OTHER CLASSES"
    return f"{found.largest_absolute_difference:.2g} (limit {found.tolerance:.2g})\n{classes}"
