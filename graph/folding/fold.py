"""Folding: scalings go into the weights beside them, for good.

In real numbers a folded model computes the same. In floating point it does to the bit where every
factor is a power of two, for then each product is the same number (as long as none is too small or
too large for its format, and the runtime adds up in the same order); elsewhere weights are
rounded once more.

The rules are beside this file: `consumer_weights` and `producer_weights` say which weights take a
factor and how, `passage` which functions it may pass on the way there, `route` how one is found.
"""

from __future__ import annotations

from collections.abc import Mapping, MutableSequence
from dataclasses import dataclass

import onnx

from graph.folding.factor import Factor
from graph.folding.outcome import Outcome
from graph.folding.route import Route, RouteFinder
from graph.folding.scene import Form, Scene, forms_of
from graph.folding.unfoldable import UnfoldableError
from graph.rewriting import remove_tensor
from graph.scaling import Scaling, every_scaling
from graph.wiring import Wiring


@dataclass(frozen=True, slots=True, eq=False)
class Folding:
    """A model that was folded, and the account of it.

    Attributes
    ----------
    model : ModelProto
        The same function, with as many nodes or fewer.
    outcomes : tuple of Outcome
        One for each scaling of the model that was given, in its order.
    """

    model: onnx.ModelProto
    outcomes: tuple[Outcome, ...]

    @property
    def folded(self) -> tuple[Outcome, ...]:
        """The outcomes of those that are gone."""
        return tuple(outcome for outcome in self.outcomes if outcome.is_folded)


def fold(model: onnx.ModelProto) -> onnx.ModelProto:
    """Fold every scaling that can be folded; the model given is left as it is.

    Parameters
    ----------
    model : ModelProto
        A model, with its weights in memory.

    Returns
    -------
    ModelProto
        The same function, with as many nodes or fewer.
    """
    return folding_of(model).model


def foldable(model: onnx.ModelProto) -> frozenset[str]:
    """Return which scalings `fold` takes out, by their outputs."""
    return frozenset(outcome.output for outcome in folding_of(model).folded)


def folding_of(model: onnx.ModelProto, *, leave: Mapping[str, str] | None = None) -> Folding:
    """Fold every scaling that can be folded, and account for each.

    Parameters
    ----------
    model : ModelProto
        A model, with its weights in memory. It is left as it is.
    leave : mapping of str to str, optional
        Outputs of scalings that stay as they are, each with the reason to give.
    """
    work = _Work(model, leave or {})
    # A scaling that was joined with another leaves room for more: until nothing goes any more.
    while work.fold_one() or work.fold_one(joining=True):
        pass
    return Folding(work.model, work.outcomes())


class _Work:
    """A model on its way to being folded."""

    def __init__(self, model: onnx.ModelProto, leave: Mapping[str, str]) -> None:
        self.model = onnx.ModelProto()
        self.model.CopyFrom(model)
        self._forms: Mapping[str, Form] = forms_of(model)
        self._given = {scaling.output: scaling for scaling in every_scaling(model.graph)}
        # A product's name now, to the one as it was given: a node before it may take it over.
        self._given_name = {output: output for output in self._given}
        self._left = leave
        self._outcomes = {
            output: Outcome.left(scaling, leave.get(output, ""))
            for output, scaling in self._given.items()
        }

    def outcomes(self) -> tuple[Outcome, ...]:
        return tuple(self._outcomes.values())

    def fold_one(self, *, joining: bool = False) -> bool:
        """Fold the first scaling that can be, or be joined; note of the others why not."""
        wiring = Wiring(self.model.graph)
        scene = Scene(wiring, self._forms)
        ours = [
            scaling
            for scaling in every_scaling(self.model.graph, wiring)
            if self._given_name[scaling.output] not in self._left
        ]
        finder = RouteFinder(scene, [scaling.output for scaling in ours] if joining else ())
        for scaling in ours:
            given = self._given[self._given_name[scaling.output]]
            try:
                factor = Factor.of(scaling, scene.shape(scaling.tensor))
                route, is_behind = _found(finder, scaling, factor)
            except UnfoldableError as error:
                # That it cannot be joined with another either is no reason that people ask for.
                if not joining:
                    self._outcomes[given.output] = Outcome.left(given, str(error))
                continue
            copies = self._carry_out(scaling, route, is_behind=is_behind)
            self._outcomes[given.output] = Outcome.folded(given, route, copies)
            return True
        return False

    def _carry_out(self, scaling: Scaling, route: Route, *, is_behind: bool) -> int:
        """Change the graph; return how many constants were copied."""
        graph = self.model.graph
        copies = sum(edit.apply(graph) for edit in route.edits)
        wiring = Wiring(graph)
        consumers = wiring.consumers(scaling.output)
        maker = wiring.producer(scaling.tensor)
        remove_tensor(graph, scaling.output)
        if is_behind or maker is None or len(consumers) == wiring.uses(scaling.output):
            for node in consumers:
                _rename(node.input, scaling.output, scaling.tensor)
        else:
            # An output of the graph keeps its name: what made the scaled tensor makes it now.
            _rename(maker.output, scaling.tensor, scaling.output)
            remove_tensor(graph, scaling.tensor)
            if scaling.tensor in self._given_name:
                self._given_name[scaling.output] = self._given_name.pop(scaling.tensor)
        if wiring.uses(scaling.factor_name) == 1:
            remove_tensor(graph, scaling.factor_name)
        return copies


def _found(finder: RouteFinder, scaling: Scaling, factor: Factor) -> tuple[Route, bool]:
    """Return the route that copies fewest constants, and whether it leads behind the scaling."""
    routes, reasons = [], []
    for side, find in (("behind", finder.behind), ("before", finder.before)):
        try:
            routes.append((find(scaling, factor), side == "behind"))
        except UnfoldableError as error:
            reasons.append(f"{side} it, {error}")
    if not routes:
        raise UnfoldableError("; ".join(reasons))
    return min(routes, key=lambda found: found[0].copies)


def _rename(names: MutableSequence[str], old: str, new: str) -> None:
    for place, name in enumerate(names):
        if name == old:
            names[place] = new
