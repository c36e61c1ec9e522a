"""Routes: how the factor of a scaling gets into weights, behind it or before it.

With the stream the factor meets every node that reads the product. Each takes it into its weights
or hands it on, so all must be able to. Against the stream it meets the node that made what is
scaled; nothing else may read that, for it would be scaled too.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass

import onnx

from graph.folding.consumer_weights import INTO_CONSUMER
from graph.folding.edit import Edit, WeightEdit
from graph.folding.factor import Factor
from graph.folding.passage import Way, data_position, passed
from graph.folding.producer_weights import INTO_PRODUCER, added
from graph.folding.scene import Scene, told
from graph.folding.unfoldable import UnfoldableError
from graph.scaling import Scaling
from graph.wiring import is_standard

_SUMS = ("Add", "Sub", "Concat")
_PRODUCTS = ("Mul", "Div", "MatMul")


@dataclass(frozen=True, slots=True)
class Route:
    """How one factor is taken up.

    Attributes
    ----------
    edits : tuple of edits
        The constants that take it.
    through : tuple of str
        First output of every node that hands it on.
    """

    edits: tuple[Edit, ...] = ()
    through: tuple[str, ...] = ()

    def __add__(self, other: Route) -> Route:
        return Route(self.edits + other.edits, self.through + other.through)

    @property
    def copies(self) -> int:
        """How many constants have to be copied, for others use them as they are."""
        return sum(edit.is_shared for edit in self.edits)


class RouteFinder:
    """Looks for routes in a graph as it stands.

    Parameters
    ----------
    scene : Scene
        The graph.
    joinable : collection of str
        Outputs of other scalings whose constants may take the factor. That saves a node, but the
        scaling that two were joined in may be harder to fold than each: for when nothing else
        goes.
    """

    def __init__(self, scene: Scene, joinable: Collection[str] = ()) -> None:
        self._scene = scene
        self._joinable = joinable

    def behind(self, scaling: Scaling, factor: Factor) -> Route:
        """Find the way with the stream.

        Raises
        ------
        UnfoldableError
            If there is none.
        """
        route = self._with_the_stream(scaling.output, factor)
        if not route.edits:
            raise UnfoldableError("nothing uses it")
        reached = Counter(edit.into for edit in route.edits)
        (into, times), *_ = reached.most_common(1)
        if times > 1:
            raise UnfoldableError(f"it reaches {into.operator} {into.node!r} twice")
        return route

    def before(self, scaling: Scaling, factor: Factor) -> Route:
        """Find the way against the stream.

        Raises
        ------
        UnfoldableError
            If there is none.
        """
        return self._against_the_stream(scaling.tensor, factor)

    def _with_the_stream(self, tensor: str, factor: Factor) -> Route:
        wiring = self._scene.wiring
        consumers = wiring.consumers(tensor)
        if len(consumers) < wiring.uses(tensor):
            raise UnfoldableError(f"{tensor!r} is an output, or used in a subgraph")
        route = Route()
        for node in consumers:
            positions = [place for place, name in enumerate(node.input) if name == tensor]
            if len(positions) > 1:
                raise UnfoldableError(f"{told(node)} uses {tensor!r} twice")
            route += self._taken_by_consumer(node, positions[0], tensor, factor)
        return route

    def _taken_by_consumer(
        self, node: onnx.NodeProto, position: int, tensor: str, factor: Factor
    ) -> Route:
        scene = self._scene
        if is_standard(node, *INTO_CONSUMER):
            return Route(INTO_CONSUMER[node.op_type](scene, node, position, factor))
        if self._may_join(node, position):
            return Route((self._joined(node, position, factor),))
        if is_standard(node, "Add", "Sub"):
            raise UnfoldableError(f"{told(node)} adds what is not scaled")
        if position != data_position(scene, node):
            raise UnfoldableError(f"{told(node)} lets no factor through from {tensor!r}")
        output = node.output[0]
        beyond = passed(scene, Way(node, tensor, output), factor)
        return Route(through=(output,)) + self._with_the_stream(output, beyond)

    def _against_the_stream(self, tensor: str, factor: Factor) -> Route:
        wiring = self._scene.wiring
        node = wiring.producer(tensor)
        if node is None:
            origin = "is a constant" if wiring.is_constant(tensor) else "comes from the caller"
            raise UnfoldableError(f"{tensor!r} {origin}")
        if wiring.uses(tensor) > 1:
            raise UnfoldableError(f"{tensor!r} is used elsewhere too")
        if tensor != node.output[0]:
            raise UnfoldableError(f"{tensor!r} is not the first output of {told(node)}")
        if is_standard(node, *_SUMS):
            return self._every_summand(node, factor)
        if is_standard(node, *INTO_PRODUCER) and self._has_weights(node):
            return Route(INTO_PRODUCER[node.op_type](self._scene, node, factor))
        position = data_position(self._scene, node)
        if self._may_join(node, position):
            return Route((self._joined(node, position, factor),))
        if is_standard(node, *_PRODUCTS) and not self._scales(node, position):
            return self._either_operand(node, factor)
        given = node.input[position] if node.input else ""
        beyond = passed(self._scene, Way(node, tensor, given), factor)
        return Route(through=(tensor,)) + self._against_the_stream(given, beyond)

    def _every_summand(self, node: onnx.NodeProto, factor: Factor) -> Route:
        """Scale all that is added up, or laid side by side: constants themselves."""
        route = Route(through=(node.output[0],))
        for position, name in enumerate(node.input):
            if self._scene.wiring.is_constant(name):
                if node.op_type == "Concat" and factor.axis is not None:
                    raise UnfoldableError(f"{told(node)} lets only one factor for all through")
                route += Route((added(self._scene, node, position, factor),))
            else:
                self._require_same_size(node, name, factor)
                route += self._against_the_stream(name, factor)
        return route

    def _require_same_size(self, node: onnx.NodeProto, name: str, factor: Factor) -> None:
        """Factors along an axis stand for the same places in the sum and in the summand."""
        if factor.axis is None:
            return
        given, made = self._scene.shape(name), self._scene.shape(node.output[0])
        if given is None or made is None or len(given) != len(made):
            raise UnfoldableError(f"{told(node)} changes the shape of {name!r}, or might")
        if given[factor.axis] != len(factor.values):
            raise UnfoldableError(f"{told(node)} widens {name!r} along the axis of the factors")

    def _either_operand(self, node: onnx.NodeProto, factor: Factor) -> Route:
        """Scale one of two tensors that are multiplied: ``s (x y) = (s x) y = x (s y)``."""
        if factor.axis is not None:
            raise UnfoldableError(f"{told(node)} lets only one factor for all through")
        operands = node.input[:1] if node.op_type == "Div" else node.input
        reasons = []
        for name in operands:
            try:
                route = self._against_the_stream(name, factor)
            except UnfoldableError as error:
                reasons.append(str(error))
            else:
                return Route(through=(node.output[0],)) + route
        raise UnfoldableError("; ".join(dict.fromkeys(reasons)))

    def _has_weights(self, node: onnx.NodeProto) -> bool:
        """Say whether a producer is one by its constants: two activations may be multiplied too."""
        if node.op_type not in ("MatMul", "Gather"):
            return True
        constant = [self._scene.wiring.is_constant(name) for name in node.input]
        return constant[0] or (constant[1] and node.op_type == "MatMul")

    def _scales(self, node: onnx.NodeProto, position: int) -> bool:
        return is_standard(node, "Mul", "Div") and self._scene.wiring.is_constant(
            node.input[1 - position]
        )

    def _may_join(self, node: onnx.NodeProto, position: int) -> bool:
        return (
            node.output[0] in self._joinable
            and position == data_position(self._scene, node)
            and self._scales(node, position)
        )

    def _joined(self, node: onnx.NodeProto, position: int, factor: Factor) -> Edit:
        """Take the factor into another scaling's constant; a divisor is divided by it."""
        constant = self._scene.weights(node, 1 - position)
        shape = self._scene.shape(node.output[0])
        given = self._scene.shape(node.input[position])
        if factor.axis is None:
            layout = factor.across(0)
        elif shape is None or given is None or len(shape) != len(given):
            raise UnfoldableError(f"{told(node)} changes the shape, or might")
        else:
            dimensions = max(constant.ndim, len(shape) - factor.axis)
            layout = factor.across(dimensions, dimensions - len(shape) + factor.axis)
        if node.op_type == "Div":
            layout = 1 / layout
        return WeightEdit.of(self._scene, node, 1 - position, layout, may_widen=True)
