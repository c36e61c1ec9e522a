"""What keeps the passes of ONNX Runtime from a multiplication that survives them all.

Two passes of ONNX Runtime 1.32 put a factor elsewhere, ``MatMulScaleFusion`` and
``ConvMulFusion``, and one takes out what changes nothing, ``NoopElimination``. Tests build a graph
for every answer given here and see ONNX Runtime leave the multiplication alone, and take it once
the obstacle is out of the way.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import onnx
from onnx import TensorProto

from graph.call_tensors import CallTensors
from graph.inspection.multiplication import Multiplication
from graph.wiring import Wiring, is_standard

SCALE_FUSION = "MatMulScaleFusion"
_CONV_FUSION = "ConvMulFusion"
_NOOP_ELIMINATION = "NoopElimination"


@dataclass(frozen=True, slots=True)
class Obstacle:
    """Why one pass does not take a multiplication.

    Attributes
    ----------
    optimiser : str
        The pass.
    reason : str
        What it asks for and does not find.
    """

    optimiser: str
    reason: str


@dataclass(frozen=True, slots=True)
class Place:
    """Where a multiplication stands.

    Attributes
    ----------
    multiplication : Multiplication
        A Mul or Div.
    wiring : Wiring
        Of the graph as it was given.
    tensors : CallTensors
        Of one call of it.
    is_output : bool
        Whether the product is an output of the graph.
    """

    multiplication: Multiplication
    wiring: Wiring
    tensors: CallTensors
    is_output: bool

    @property
    def before(self) -> onnx.NodeProto | None:
        """The node that makes what is multiplied."""
        return self.wiring.producer(self.multiplication.tensor)

    @property
    def behind(self) -> tuple[onnx.NodeProto, ...]:
        """The nodes that read the product."""
        return self.wiring.consumers(self.multiplication.output)

    def follows(self, operator: str) -> bool:
        """Say whether what is multiplied is made by such a node."""
        return self.before is not None and is_standard(self.before, operator)

    def precedes(self, operator: str) -> bool:
        """Say whether such a node reads the product."""
        return any(is_standard(node, operator) for node in self.behind)

    def touches(self, operator: str) -> bool:
        """Say whether such a node stands directly before or behind."""
        return self.follows(operator) or self.precedes(operator)


def obstacles(place: Place) -> tuple[Obstacle, ...]:
    """Say for each pass that could take a surviving multiplication why it does not."""
    found = (*_of_noop_elimination(place), *_of_scale_fusion(place), *_of_conv_fusion(place))
    if found:
        return found
    behind = [node.op_type for node in place.behind]
    behind += ["the graph's output"] if place.is_output else []
    before = place.before.op_type if place.before is not None else "an input"
    seen = f"here: {before} before it, {', '.join(dict.fromkeys(behind)) or 'nothing'} behind it"
    return (
        Obstacle(SCALE_FUSION, f"asks for a MatMul directly before or behind; {seen}"),
        Obstacle(_CONV_FUSION, f"asks for a Conv directly before; {seen}"),
    )


def _of_noop_elimination(place: Place) -> Iterator[Obstacle]:
    by = place.multiplication
    if not by.smallest == by.largest == 1:
        return
    if by.number is None:
        yield Obstacle(_NOOP_ELIMINATION, f"takes one number; this is {_size(by)}")
    elif place.is_output:
        yield Obstacle(_NOOP_ELIMINATION, "leaves a node that makes an output of the graph")
    elif place.wiring.is_input(by.tensor):
        yield Obstacle(_NOOP_ELIMINATION, "leaves a node that reads an input of the graph")


def _of_scale_fusion(place: Place) -> Iterator[Obstacle]:
    if place.touches("Gemm"):
        yield Obstacle(SCALE_FUSION, "looks at MatMul alone; the product here is a Gemm")
    elif place.touches("MatMul"):
        yield Obstacle(SCALE_FUSION, _reason_beside_matmul(place))


def _reason_beside_matmul(place: Place) -> str:
    by = place.multiplication
    shape = place.tensors.shapes.get(by.tensor)
    if by.number is None:
        return f"takes one number; this is {_size(by)}"
    if place.tensors.element_types.get(by.tensor) == TensorProto.DOUBLE and not _is_single(by):
        return "takes a number that float32 holds exactly; this one float64 alone does"
    if shape is not None and len(by.shape) > len(shape):
        return "the factor has more dimensions than what it multiplies"
    if place.precedes("MatMul") and place.wiring.uses(by.output) > 1:
        return "can take it into a MatMul behind, yet the product is used elsewhere too"
    if place.follows("MatMul") and place.wiring.uses(by.tensor) > 1:
        return "the MatMul's result is used elsewhere too, without the factor"
    return "is not known here to ask for anything that is missing"


def _of_conv_fusion(place: Place) -> Iterator[Obstacle]:
    if place.before is not None and place.follows("Conv"):
        yield Obstacle(_CONV_FUSION, _reason_behind_conv(place, place.before))
    elif place.precedes("Conv"):
        yield Obstacle(_CONV_FUSION, "asks for the factor behind the Conv; this is before it")


def _reason_behind_conv(place: Place, convolution: onnx.NodeProto) -> str:
    by = place.multiplication
    node = place.wiring.producer(by.output)
    if by.form == "divisor":
        return "asks for a Mul; this is a Div"
    if place.wiring.uses(by.tensor) > 1:
        return "the Conv's result is used elsewhere too, without the factor"
    if not all(place.wiring.is_constant(name) for name in convolution.input[1:] if name):
        return "asks for weights and bias that are constant"
    if node is not None and node.input[1] == by.tensor:
        return "asks for the factor as the second operand; here it is the first"
    weights = place.tensors.shapes.get(convolution.input[1], ())
    channels = (*weights[:1], *[1] * (len(weights) - 2))
    if by.shape not in {(), channels, (1, *channels)}:
        return (
            f"asks for a number without dimensions, or for numbers of shape {channels}; "
            f"this is {_size(by)}"
        )
    return "is not known here to ask for anything that is missing"


def _is_single(by: Multiplication) -> bool:
    divides = by.form == "divisor" and by.smallest != 0
    factor = 1 / by.smallest if divides else by.smallest
    return float(np.float32(factor)) == factor


def _size(by: Multiplication) -> str:
    return f"of shape {by.shape}"
