"""Weights behind a scaling: those of the node that is fed with the product.

==========================  =======================================================================
``Gemm``, ``MatMul``        ``(s x) W = x (s W)``; factors along the dimension that is summed scale
                            the rows of W. A ``Gemm`` of two matrices that are both computed takes
                            one number into its alpha.
``Conv``, ``ConvTranspose`` the same; factors along the channels scale the weights of each input
                            channel, group by group
``BatchNormalization``      ``a (s x - m) / d + b = (s a) (x - m/s) / d + b``
==========================  =======================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import numpy.typing as npt
import onnx

from graph.folding.edit import AttributeEdit, Edit, WeightEdit, attribute
from graph.folding.factor import Factor
from graph.folding.scene import Scene, told
from graph.folding.unfoldable import UnfoldableError

Absorber = Callable[[Scene, onnx.NodeProto, int, Factor], tuple[Edit, ...]]
_CHANNELS = 1


def gemm(scene: Scene, node: onnx.NodeProto, position: int, factor: Factor) -> tuple[Edit, ...]:
    """Scale the other matrix, or alpha where that is no constant."""
    if position > 1:
        raise UnfoldableError(f"it feeds the bias of {told(node)}, not its product")
    other = 1 - position
    if not scene.wiring.is_constant(node.input[other]) and factor.axis is None:
        return (AttributeEdit.of(scene, node, "alpha", factor.across(0)),)
    transposed = [attribute(node, name, 0) != 0 for name in ("transA", "transB")]
    # The summed dimension is A's second and B's first, the other way round where transposed.
    summed = [int(not transposed[0]), int(transposed[1])]
    _require_axis(factor, summed[position], node)
    return (WeightEdit.of(scene, node, other, factor.across(2, summed[other])),)


def matmul(scene: Scene, node: onnx.NodeProto, position: int, factor: Factor) -> tuple[Edit, ...]:
    """Scale the other matrix, or stack of matrices."""
    other = 1 - position
    weights = scene.weights(node, other)
    dimensions = len(scene.shape(node.input[position]) or ())
    if factor.axis is not None:
        _require_axis(factor, _summed(position, dimensions), node)
    return (
        WeightEdit.of(
            scene, node, other, factor.across(weights.ndim, _summed(other, weights.ndim))
        ),
    )


def conv(scene: Scene, node: onnx.NodeProto, position: int, factor: Factor) -> tuple[Edit, ...]:
    """Scale the weights of each input channel; the bias is not multiplied by the input."""
    _require_data(position, node)
    weights = scene.weights(node, 1)
    if factor.axis is None:
        return (WeightEdit.of(scene, node, 1, factor.across(0)),)
    _require_axis(factor, _CHANNELS, node)
    groups = round(attribute(node, "group", 1))
    # Weights are (outputs, inputs of one group, ...); outputs stand group after group.
    by_group = factor.values.reshape(groups, -1)
    scale = np.repeat(by_group, weights.shape[0] // groups, axis=0)
    return (WeightEdit.of(scene, node, 1, _over_places(scale, weights.ndim)),)


def conv_transpose(
    scene: Scene, node: onnx.NodeProto, position: int, factor: Factor
) -> tuple[Edit, ...]:
    """Scale the weights of each input channel: (inputs, outputs of one group, ...)."""
    _require_data(position, node)
    weights = scene.weights(node, 1)
    if factor.axis is not None:
        _require_axis(factor, _CHANNELS, node)
    return (WeightEdit.of(scene, node, 1, factor.across(weights.ndim, 0)),)


def batch_normalization(
    scene: Scene, node: onnx.NodeProto, position: int, factor: Factor
) -> tuple[Edit, ...]:
    """Scale its scale, and divide its mean by the factor."""
    _require_data(position, node)
    if len(node.output) > 1 or attribute(node, "training_mode", 0) != 0:
        raise UnfoldableError(f"{told(node)} is in training mode")
    if factor.axis is not None:
        _require_axis(factor, _CHANNELS, node)
    return (
        WeightEdit.of(scene, node, 1, factor.across(1, 0)),
        WeightEdit.of(scene, node, 3, factor.reciprocal.across(1, 0)),
    )


INTO_CONSUMER: Mapping[str, Absorber] = {
    "Gemm": gemm,
    "MatMul": matmul,
    "Conv": conv,
    "ConvTranspose": conv_transpose,
    "BatchNormalization": batch_normalization,
}


def _summed(position: int, dimensions: int) -> int:
    """Return which axis of a ``MatMul``'s matrix is summed over: A's last, B's last but one."""
    return dimensions - 1 if position == 0 else max(dimensions - 2, 0)


def _over_places(scale: npt.NDArray[np.float64], dimensions: int) -> npt.NDArray[np.float64]:
    """Lay a matrix of factors out to convolution weights, whose other axes are places."""
    return scale.reshape(*scale.shape, *[1] * (dimensions - 2))


def _require_axis(factor: Factor, axis: int, node: onnx.NodeProto) -> None:
    if factor.axis not in (None, axis):
        raise UnfoldableError(f"its factors are not along the axis that {told(node)} sums over")


def _require_data(position: int, node: onnx.NodeProto) -> None:
    if position != 0:
        raise UnfoldableError(f"it feeds the weights of {told(node)}, not its data")
