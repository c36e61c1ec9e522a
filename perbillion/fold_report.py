"""What `perbillion fold` did, for machines and for people."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

from contract.document import Document
from graph.folding.file_fold import FileFold
from graph.folding.outcome import Outcome


class FoldReport(Document):
    """A model, the one that was made of it, and what became of its scalings.

    Schema history: 1 = first.

    Attributes
    ----------
    model : str
        The file that was given.
    written : str
        The file that was written.
    exact : bool
        Whether every weight that changed took a power of two, without rounding.
    fold : FileFold
        The rest.
    """

    schema_version: Literal[1] = 1
    model: str
    written: str
    exact: bool
    fold: FileFold


def fold_lines(report: FoldReport) -> Iterator[str]:
    """Tell it in lines: each scaling, what was saved, how closely the models agree."""
    fold = report.fold
    folded = [outcome for outcome in fold.scalings if outcome.is_folded]
    if not folded:
        found = f"{_count(fold.scalings, 'scaling')}, none of which can go"
        yield f"nothing to fold: {found if fold.scalings else 'no multiplication by a constant'}"
    else:
        yield f"folded {len(folded)} of {_count(fold.scalings, 'scaling')}:"
    yield from (f"  {_fate(outcome)}" for outcome in fold.scalings)
    yield (
        f"nodes: {fold.before.given} -> {fold.after.given}; "
        f"run by ONNX Runtime: {fold.before.run} -> {fold.after.run}"
    )
    if folded:
        yield f"weights: {_precision(report)}"
        yield f"outputs: {_agreement(fold)}"
    yield f"written: {report.written}"


def _fate(outcome: Outcome) -> str:
    scaling = f"{outcome.operator} {outcome.output!r} by {outcome.factor}"
    if not outcome.is_folded:
        return f"{scaling}: left: {outcome.reason}"
    into = ", ".join(f"{it.weights!r} of {it.operator} {it.node!r}" for it in outcome.into)
    through = f", through {_count(outcome.through, 'node')}" if outcome.through else ""
    return f"{scaling}: into {into}{through}"


def _precision(report: FoldReport) -> str:
    copies = sum(outcome.copies for outcome in report.fold.scalings)
    copied = f"; {copies} copied, for others use them unscaled" if copies else ""
    if report.exact:
        return f"exact, every factor is a power of two{copied}"
    return f"rounded once more, not every factor is a power of two{copied}"


def _agreement(fold: FileFold) -> str:
    equality = fold.equality
    if equality.largest_absolute_difference == 0:
        return f"the same to the bit on {equality.rows} rows"
    return (
        f"differ by up to {equality.largest_absolute_difference:.2g} on {equality.rows} rows, "
        f"{equality.allowed_difference:.2g} is allowed"
    )


def _count(things: tuple[object, ...], name: str) -> str:
    return f"{len(things)} {name}{'' if len(things) == 1 else 's'}"
