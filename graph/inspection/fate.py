"""What becomes of each multiplication by a constant, and why."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from graph.call_tensors import CallTensors
from graph.inspection.absorption import Absorption, absorptions, carrier
from graph.inspection.multiplication import Multiplication, alpha_of, multiplications
from graph.inspection.obstacles import SCALE_FUSION, Obstacle, Place, obstacles
from graph.inspection.optimiser import Optimiser
from graph.session import LEVELS, Level
from graph.wiring import Wiring

BIAS_FUSION = "MatMulAddFusion"


@dataclass(frozen=True, slots=True)
class Fate:
    """One multiplication and what ONNX Runtime makes of it.

    Attributes
    ----------
    multiplication : Multiplication
        As the graph was given.
    performed_by : tuple of str
        For each level the operator that performs it as a node of its own, or whose argument it is;
        empty where it is gone.
    absorption : Absorption or None
        How it left the graph; None where it survives every level.
    obstacles : tuple of Obstacle
        What kept the passes from it, where it survives.
    foldable : bool or None
        Whether ``perbillion fold`` takes it out; None where that was not asked.
    """

    multiplication: Multiplication
    performed_by: tuple[str, ...]
    absorption: Absorption | None
    obstacles: tuple[Obstacle, ...]
    foldable: bool | None = None

    @property
    def survives(self) -> bool:
        """Whether it is a node of its own that runs at every level."""
        return self.multiplication.form != "alpha" and self.absorption is None


def fates(
    optimiser: Optimiser, tensors: CallTensors, foldable: Collection[str] | None = None
) -> tuple[Fate, ...]:
    """Find out what becomes of every multiplication by a constant.

    Parameters
    ----------
    optimiser : Optimiser
        Of the model.
    tensors : CallTensors
        Of one call of it.
    foldable : collection of str, optional
        The products of those that ``perbillion fold`` takes out.

    Raises
    ------
    ArtifactError
        If ONNX Runtime refuses the model.
    """
    graph = optimiser.named.graph
    found = multiplications(graph)
    own_nodes = [each for each in found if each.form != "alpha"]
    gone = absorptions(optimiser, [each.node for each in own_nodes])
    wiring, outputs = Wiring(graph), {value.name for value in graph.output}
    places = [
        Place(each, wiring, tensors, each.output in outputs)
        for each in own_nodes
        if each.node not in gone
    ]
    freed = _freed(optimiser, [place for place in places if place.touches("MatMul")])
    reasons = {place.multiplication.node: _reasons(place, freed) for place in places}
    return tuple(
        Fate(
            multiplication=each,
            performed_by=tuple(_performer(each, optimiser, level) for level in LEVELS),
            absorption=gone.get(each.node),
            obstacles=reasons.get(each.node, ()),
            foldable=None if foldable is None else each.output in foldable,
        )
        for each in found
    )


def _freed(optimiser: Optimiser, places: Sequence[Place]) -> frozenset[str]:
    """Return those that `SCALE_FUSION` takes once `BIAS_FUSION` is off: tried, not inferred."""
    if not places:
        return frozenset()
    without_bias_fusion = optimiser.nodes("all", [BIAS_FUSION])
    without_both = optimiser.nodes("all", [BIAS_FUSION, SCALE_FUSION])
    return frozenset(
        node
        for node in (place.multiplication.node for place in places)
        if carrier(node, without_bias_fusion) is None and carrier(node, without_both) is not None
    )


def _reasons(place: Place, freed: frozenset[str]) -> tuple[Obstacle, ...]:
    if place.multiplication.node not in freed:
        return obstacles(place)
    return (
        Obstacle(
            SCALE_FUSION,
            f"takes it once {BIAS_FUSION} is off; that pass runs first and makes a Gemm of the "
            "MatMul and its bias, which no pass scales",
        ),
    )


def _performer(multiplication: Multiplication, optimiser: Optimiser, level: Level) -> str:
    nodes = optimiser.nodes(level)
    if multiplication.form != "alpha":
        return carrier(multiplication.node, nodes) or ""
    same = nodes.get(multiplication.node)
    if same is not None:
        return same.op_type
    # A fusion has a name of its own; it is known by its alpha.
    fused = (n.op_type for n in nodes.values() if alpha_of(n) == multiplication.number)
    return next(fused, "")
