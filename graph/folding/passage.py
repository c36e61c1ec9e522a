"""Functions that a factor can pass: scaled before them or behind them is the same.

=====================================  ==================  =========================================
function                               factors             of many factors, those
=====================================  ==================  =========================================
``Relu LeakyRelu PRelu Abs``           positive ones       along any axis
``Identity Neg Dropout``, ``Cast``     any                 along any axis
that widens, ``Mul`` and ``Div`` by
a constant
``MaxPool GlobalMaxPool``              positive ones       along batch or channels
``AveragePool GlobalAveragePool``      any                 along batch or channels
``ReduceMax ReduceMin``                positive ones       along an axis that stays
``ReduceMean ReduceSum``               any                 along an axis that stays
``Transpose``                          any                 along any axis
``Reshape Flatten Squeeze Unsqueeze``  any                 along an axis whose places still tell
                                                           them apart by one axis
``Slice Gather``                       any                 none
=====================================  ==================  =========================================

The first kind is positively homogeneous, ``f(s x) = s f(x)`` for s > 0, the others are linear.
A ``Dropout`` does nothing at prediction; a ``Cast`` to a narrower type is not passed, for a number
may fit there only after it was scaled, or only before.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import onnx
from onnx import TensorProto, helper

from graph.folding.edit import attribute
from graph.folding.factor import Factor
from graph.folding.scene import Scene, told
from graph.folding.unfoldable import UnfoldableError

_WIDTHS: Mapping[int, int] = {
    TensorProto.FLOAT16: 16,
    TensorProto.FLOAT: 32,
    TensorProto.DOUBLE: 64,
}
_BATCH_AND_CHANNELS = (0, 1)


@dataclass(frozen=True, slots=True)
class Way:
    """A way through a node, with the stream or against it.

    Attributes
    ----------
    node : NodeProto
        What is passed.
    source, target : str
        The tensor the factor comes from and the one it goes to: input and output of the node, or
        the other way round.
    """

    node: onnx.NodeProto
    source: str
    target: str

    @property
    def is_forward(self) -> bool:
        """Whether it goes from the node's input to its output."""
        return bool(self.target == self.node.output[0])


_Rule = Callable[[Scene, Way, Factor], Factor]


def passed(scene: Scene, way: Way, factor: Factor) -> Factor:
    """Take a factor through a node.

    Raises
    ------
    UnfoldableError
        If the node lets this factor not through.
    """
    node = way.node
    rule = _RULES.get(node.op_type) if node.domain in ("", "ai.onnx") else None
    if rule is None:
        raise UnfoldableError(f"{told(node)} lets no factor through")
    if node.op_type in _POSITIVE and not factor.is_positive:
        raise UnfoldableError(f"{told(node)} lets only positive factors through")
    return rule(scene, way, factor)


def data_position(scene: Scene, node: onnx.NodeProto) -> int:
    """Return which of a node's inputs a factor may pass: the first, unless that is a constant."""
    multiplies = node.op_type == "Mul" and scene.wiring.is_constant(node.input[0])
    return 1 if multiplies else 0


def _unchanged(_scene: Scene, _way: Way, factor: Factor) -> Factor:
    return factor


def _multiplied(scene: Scene, way: Way, factor: Factor) -> Factor:
    node = way.node
    position = data_position(scene, node)
    if not scene.wiring.is_constant(node.input[1 - position]):
        raise UnfoldableError(f"{told(node)} multiplies by what is computed")
    return _of_same_rank(scene, way, factor)


def _cast(scene: Scene, way: Way, factor: Factor) -> Factor:
    node = way.node
    given = _WIDTHS.get(scene.form(node.input[0]).element_type)
    made = _WIDTHS.get(round(attribute(node, "to", 0)))
    if given is None or made is None or made < given:
        raise UnfoldableError(f"{told(node)} is to a narrower type, or not between floats")
    return factor


def _inference(scene: Scene, way: Way, factor: Factor) -> Factor:
    node = way.node
    if len(node.input) > 2 and node.input[2]:
        training = scene.wiring.constant(node.input[2])
        if training is None or training.any():
            raise UnfoldableError(f"{told(node)} is in training mode")
    return factor


def _channels(_scene: Scene, way: Way, factor: Factor) -> Factor:
    if factor.axis not in (None, *_BATCH_AND_CHANNELS):
        raise UnfoldableError(f"{told(way.node)} pools along the axis of its factors")
    return factor


def _reduced(scene: Scene, way: Way, factor: Factor) -> Factor:
    if factor.axis is None:
        return factor
    node, shape = way.node, scene.shape(way.node.input[0])
    axes = _axes(scene, node)
    if shape is None or axes is None:
        raise UnfoldableError(
            f"{told(node)} reduces along all axes, or it is not known along which"
        )
    gone = {axis % len(shape) for axis in axes}
    stays = [axis for axis in range(len(shape)) if axis not in gone]
    kept = list(range(len(shape))) if attribute(node, "keepdims", 1) else stays
    axis = factor.axis if way.is_forward else kept[factor.axis]
    if axis not in stays:
        raise UnfoldableError(f"{told(node)} reduces along the axis of its factors")
    return factor.on(kept.index(axis) if way.is_forward else axis)


def _transposed(scene: Scene, way: Way, factor: Factor) -> Factor:
    if factor.axis is None:
        return factor
    shape = scene.shape(way.source)
    order = list(reversed(range(len(shape or ()))))
    for given in way.node.attribute:
        if given.name == "perm":
            order = list(given.ints)
    return factor.on(order.index(factor.axis) if way.is_forward else order[factor.axis])


def _rearranged(scene: Scene, way: Way, factor: Factor) -> Factor:
    try:
        return factor.rearranged(scene.shape(way.source), scene.shape(way.target))
    except UnfoldableError as error:
        raise UnfoldableError(f"{error}: {told(way.node)}") from error


def _number_only(_scene: Scene, way: Way, factor: Factor) -> Factor:
    if factor.axis is not None:
        raise UnfoldableError(f"{told(way.node)} lets only one factor for all through")
    return factor


def _of_same_rank(scene: Scene, way: Way, factor: Factor) -> Factor:
    """Broadcasting must not have moved the axis: a tensor and its product are of one size there."""
    if factor.axis is None:
        return factor
    source, target = scene.shape(way.source), scene.shape(way.target)
    if source is None or target is None or len(source) != len(target):
        raise UnfoldableError(f"{told(way.node)} changes the shape, or might")
    if target[factor.axis] != len(factor.values):
        raise UnfoldableError(f"{told(way.node)} changes the size along the axis of its factors")
    return factor


def _axes(scene: Scene, node: onnx.NodeProto) -> list[int] | None:
    """Return what a reduction names as its axes; None where it is all of them or not known."""
    for given in node.attribute:
        if given.name == "axes":
            return list(helper.get_attribute_value(given))
    if len(node.input) > 1 and node.input[1]:
        constant = scene.wiring.constant(node.input[1])
        return None if constant is None or not constant.size else constant.ravel().tolist()
    return None


_POSITIVE = frozenset(
    ("Relu", "LeakyRelu", "PRelu", "Abs", "MaxPool", "GlobalMaxPool", "ReduceMax", "ReduceMin")
)
_RULES: Mapping[str, _Rule] = {
    **dict.fromkeys(("Relu", "LeakyRelu", "PRelu", "Abs", "Identity", "Neg"), _unchanged),
    "Dropout": _inference,
    "Cast": _cast,
    **dict.fromkeys(("Mul", "Div"), _multiplied),
    **dict.fromkeys(("MaxPool", "GlobalMaxPool", "AveragePool", "GlobalAveragePool"), _channels),
    **dict.fromkeys(("ReduceMax", "ReduceMin", "ReduceMean", "ReduceSum"), _reduced),
    "Transpose": _transposed,
    **dict.fromkeys(("Reshape", "Flatten", "Squeeze", "Unsqueeze"), _rearranged),
    **dict.fromkeys(("Slice", "Gather"), _number_only),
}
