"""Tables of the ledger."""

from __future__ import annotations

import numpy as np

from contract.lecture_evidence import LectureEvidence, TrainedGroup
from contract.ledger import Ledger, SettledClaim
from report.lecture.network_text import listed, widths_text
from report.lecture.pictures.seed_marks import over_seeds
from report.rounding import bare_interval, count
from report.tables.table import Table
from report.wording import MINUS
from stats.estimate import MINIMUM_UNITS


def figure_table(claim: SettledClaim) -> Table:
    """Tell what was measured about a claim; without rows where the reason says it all."""
    rows = tuple((figure.name, figure.value) for figure in claim.figures)
    return Table(f"Figures of {claim.id}", "", ("Figure", "Value"), rows)


def making_table(ledger: Ledger) -> Table:
    """Tell how the ledger was made."""
    evidence = ledger.evidence
    data, trained = evidence.data, evidence.group("none")
    rows = (
        ("Command", ledger.command),
        (
            "Data",
            f"{data.name}: {data.train:,} images for training, {data.validation:,} for validation, "
            f"{data.test:,} for the test; {data.source}",
        ),
        ("Network", f"{widths_text(trained.architecture)}"),
        (
            "Training",
            f"{count(trained.epochs, 'epoch')} of plain SGD, batches of {evidence.batch_size}, "
            f"learning rate {evidence.learning_rate:g}",
        ),
        ("Sweep over width", _sweep_text(evidence)),
        ("Seeds", listed(trained.seeds)),
        ("PyTorch", evidence.torch_version),
        ("Served run", ledger.served_run or "none was read: what serving costs is not in here"),
    )
    return Table("How it was made", "", ("Fact", "Value"), rows)


def network_table(evidence: LectureEvidence) -> Table:
    """Tell accuracy and loss of every group of trained networks."""
    seeds = len(evidence.group("none").seeds)
    interval = (
        f"± is the 95 % interval over {seeds} seeds"
        if seeds >= MINIMUM_UNITS
        else f"below {MINIMUM_UNITS} seeds there is no interval (≈)"
    )
    return Table(
        "The trained networks",
        f"Means over seeds, in evaluation mode; {interval}. The gap is training {MINUS} test, in "
        "percentage points.",
        ("Networks", "Training, %", "Validation, %", "Test, %", "Gap", "Test loss, nats"),
        tuple(_group_row(group) for group in evidence.groups),
    )


def _group_row(group: TrainedGroup) -> tuple[str, ...]:
    gap = np.array(group.train_accuracy) - np.array(group.test_accuracy)
    shares = (group.train_accuracy, group.validation_accuracy, group.test_accuracy)
    return (
        group.told,
        *(bare_interval(over_seeds(share, 100, "%")) for share in shares),
        bare_interval(over_seeds(gap.tolist(), 100, "points")),
        bare_interval(over_seeds(group.test_loss, 1, "nats")),
    )


def _sweep_text(evidence: LectureEvidence) -> str:
    widths = sorted({group.architecture.layer_widths[1] for group in evidence.sweep})
    epochs = sorted({group.epochs for group in evidence.sweep})
    return f"{listed(widths)} units in each hidden layer, {listed(epochs)} epochs"
