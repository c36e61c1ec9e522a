"""A model's file folded into another, which is written only if it computes the same."""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

from contract.errors import EqualityError
from contract.traffic import Traffic
from graph.equality import Equality, measure_equality
from graph.folding.outcome import Outcome
from graph.folding.runtime_fusion import gainful_folding, nodes_run
from graph.generated_traffic import generated_traffic
from graph.model_file import check_model, load_model, read_structure, save_model
from graph.recorded_traffic import recorded_traffic
from graph.request_form import request_form

_REQUESTS = 16
_ROWS = 4


@dataclass(frozen=True, slots=True)
class NodeCount:
    """How many nodes a model has.

    Attributes
    ----------
    given : int
        In its file.
    run : int
        After ONNX Runtime's optimisation.
    """

    given: int
    run: int


@dataclass(frozen=True, slots=True)
class FileFold:
    """What folding a file did and saved.

    Attributes
    ----------
    scalings : tuple of Outcome
        One for each scaling of the model, in its order.
    before, after : NodeCount
        Of the model given and the one written.
    equality : Equality
        How closely the one follows the other.
    """

    scalings: tuple[Outcome, ...]
    before: NodeCount
    after: NodeCount
    equality: Equality

    @property
    def is_exact(self) -> bool:
        """Whether every constant that changed took a power of two, without rounding."""
        return all(outcome.is_exact for outcome in self.scalings if outcome.is_folded)


def fold_file(model: Path, target: Path, inputs: Path | None = None) -> FileFold:
    """Fold a model, hold it against the one given, and write it.

    Where nothing can be folded the model is written as it is.

    Parameters
    ----------
    model : Path
        An ONNX file.
    target : Path
        Where to write, with all weights in one file; nothing is written if an error is raised.
    inputs : Path, optional
        Recorded requests to compare the two on, as `recorded_traffic` reads them; made up if
        there are none.

    Raises
    ------
    ArtifactError
        If the model cannot be read or run, is too large for one file, or cannot be written.
    EqualityError
        If the folded model does not compute the same.
    """
    given = load_model(model)
    # Before the work rather than after it.
    check_model(given, str(model))
    before = NodeCount(len(given.graph.node), nodes_run(given))
    folding = gainful_folding(given)
    after = NodeCount(len(folding.model.graph.node), nodes_run(folding.model))
    with tempfile.TemporaryDirectory(prefix="perbillion-") as folder:
        folded = Path(folder) / "folded.onnx"
        save_model(folding.model, folded)
        models = {"given": model, "folded": folded}
        equality = measure_equality(models, _traffic(model, inputs))["folded"]
    _require_same(equality, model)
    save_model(folding.model, target)
    return FileFold(folding.outcomes, before, after, equality)


def _traffic(model: Path, inputs: Path | None) -> Traffic:
    fixed = request_form(read_structure(model), str(model)).rows
    if inputs is not None:
        return recorded_traffic(inputs, model, batch=fixed or 1)
    return generated_traffic(model, requests=_REQUESTS, batch=fixed or _ROWS)


def _require_same(equality: Equality, model: Path) -> None:
    if not equality.same_function:
        raise EqualityError(
            f"the folded model differs by up to {equality.largest_absolute_difference:.3g} where "
            f"{equality.allowed_difference:.2g} is allowed: nothing was written",
            where=str(model),
            remedy="its numbers leave their range, or are nearly chaotic; keep it as it is",
        )
