"""Weights before a scaling: those of the node that makes what is scaled.

===========================  ======================================================================
``Gemm``                     ``s (x W + b) = x (s W) + s b``; factors along the outputs scale the
                             columns of W. Where no matrix is constant one number goes into alpha,
                             where the bias is none into beta.
``MatMul``                   the same without a bias
``Conv``, ``ConvTranspose``  weights and bias of each output channel
``BatchNormalization``,      ``s (a z + b) = (s a) z + s b``: scale and bias
``InstanceNormalization``,
``LayerNormalization``
``Gather``                   the table that rows are looked up in
===========================  ======================================================================
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import onnx

from graph.folding.edit import AttributeEdit, Edit, WeightEdit, attribute
from graph.folding.factor import Factor
from graph.folding.scene import Scene, told
from graph.folding.unfoldable import UnfoldableError

Absorber = Callable[[Scene, onnx.NodeProto, Factor], tuple[Edit, ...]]
_CHANNELS = 1


def gemm(scene: Scene, node: onnx.NodeProto, factor: Factor) -> tuple[Edit, ...]:
    """Scale a matrix, or alpha; and the bias, or beta."""
    edits: list[Edit] = []
    constant = [scene.wiring.is_constant(name) for name in node.input[:2]]
    # The output's axis 0 is A's first, its axis 1 is B's second, unless they are transposed.
    axes = [int(attribute(node, "transA", 0) != 0), int(attribute(node, "transB", 0) == 0)]
    side = 1 if factor.axis is None and constant[1] else factor.axis or 0
    if constant[side]:
        edits.append(WeightEdit.of(scene, node, side, factor.across(2, axes[side])))
    else:
        edits.append(AttributeEdit.of(scene, node, "alpha", factor.across(2)))
    if has_input(node, 2):
        if scene.wiring.is_constant(node.input[2]):
            edits.append(added(scene, node, 2, factor))
        else:
            edits.append(AttributeEdit.of(scene, node, "beta", factor.across(2)))
    return tuple(edits)


def matmul(scene: Scene, node: onnx.NodeProto, factor: Factor) -> tuple[Edit, ...]:
    """Scale the matrix that is a constant, along the axis that the output has from it."""
    side = 1 if scene.wiring.is_constant(node.input[1]) else 0
    weights = scene.weights(node, side)
    if factor.axis is None:
        return (WeightEdit.of(scene, node, side, factor.across(0)),)
    other = scene.shape(node.input[1 - side])
    if other is None or min(len(other), weights.ndim) < 2:
        raise UnfoldableError(f"{told(node)} multiplies by a vector, or by what is not known")
    dimensions = max(len(other), weights.ndim)
    if factor.axis != dimensions - 2 + side:
        raise UnfoldableError(f"its factors are not along an axis of the weights of {told(node)}")
    scale = factor.across(weights.ndim, weights.ndim - 2 + side)
    return (WeightEdit.of(scene, node, side, scale),)


def conv(scene: Scene, node: onnx.NodeProto, factor: Factor) -> tuple[Edit, ...]:
    """Scale the weights of each output channel, and its bias."""
    _require_channels(factor, node)
    weights = scene.weights(node, 1)
    scale = factor.across(weights.ndim, 0)
    return (WeightEdit.of(scene, node, 1, scale), *_bias(scene, node, 2, factor))


def conv_transpose(scene: Scene, node: onnx.NodeProto, factor: Factor) -> tuple[Edit, ...]:
    """Scale the weights of each output channel, group by group, and its bias."""
    _require_channels(factor, node)
    weights = scene.weights(node, 1)
    if factor.axis is None:
        scale = factor.across(0)
    else:
        # Weights are (inputs, outputs of one group, ...); inputs stand group after group.
        groups = round(attribute(node, "group", 1))
        by_group = factor.values.reshape(groups, -1)
        scale = np.repeat(by_group, weights.shape[0] // groups, axis=0)
        scale = scale.reshape(*scale.shape, *[1] * (weights.ndim - 2))
    return (WeightEdit.of(scene, node, 1, scale), *_bias(scene, node, 2, factor))


def channel_normalization(scene: Scene, node: onnx.NodeProto, factor: Factor) -> tuple[Edit, ...]:
    """Scale the scale and the bias of each channel."""
    if len(node.output) > 1 or attribute(node, "training_mode", 0) != 0:
        raise UnfoldableError(f"{told(node)} is in training mode")
    _require_channels(factor, node)
    return (
        WeightEdit.of(scene, node, 1, factor.across(1, 0)),
        *_bias(scene, node, 2, factor),
    )


def layer_normalization(scene: Scene, node: onnx.NodeProto, factor: Factor) -> tuple[Edit, ...]:
    """Scale the scale and the bias, which are laid out like the output's last axes."""
    edits = []
    for position in (1, 2):
        if has_input(node, position):
            weights = scene.weights(node, position)
            behind = len(scene.shape(node.output[0]) or ()) - (factor.axis or 0)
            if factor.axis is not None and behind > weights.ndim:
                raise UnfoldableError(f"its factors are not along the weights of {told(node)}")
            scale = factor.across(weights.ndim, weights.ndim - behind)
            edits.append(WeightEdit.of(scene, node, position, scale))
    return tuple(edits)


def gather(scene: Scene, node: onnx.NodeProto, factor: Factor) -> tuple[Edit, ...]:
    """Scale the table; factors must be along an axis behind the one that is looked up."""
    table = scene.weights(node, 0)
    if factor.axis is None:
        return (WeightEdit.of(scene, node, 0, factor.across(0)),)
    looked_up = round(attribute(node, "axis", 0)) % table.ndim
    # The output's last axes are those of the table behind the one that is looked up.
    axis = factor.axis - len(scene.shape(node.output[0]) or ()) + table.ndim
    if axis <= looked_up:
        raise UnfoldableError(f"its factors are not along an axis of the table of {told(node)}")
    return (WeightEdit.of(scene, node, 0, factor.across(table.ndim, axis)),)


INTO_PRODUCER: Mapping[str, Absorber] = {
    "Gemm": gemm,
    "MatMul": matmul,
    "Conv": conv,
    "ConvTranspose": conv_transpose,
    "BatchNormalization": channel_normalization,
    "InstanceNormalization": channel_normalization,
    "LayerNormalization": layer_normalization,
    "Gather": gather,
}


def added(scene: Scene, node: onnx.NodeProto, position: int, factor: Factor) -> Edit:
    """Scale a constant that is added: it broadcasts to the output, and so does the product."""
    if factor.axis is None:
        return WeightEdit.of(scene, node, position, factor.across(0))
    constant = scene.weights(node, position)
    shape = scene.shape(node.output[0])
    dimensions = 2 if node.op_type == "Gemm" else len(shape or ())
    behind = dimensions - factor.axis
    # No more dimensions than needed: runtimes know a bias by its one.
    fewest = max(constant.ndim, behind)
    scale = factor.across(fewest, fewest - behind)
    return WeightEdit.of(scene, node, position, scale, may_widen=True)


def has_input(node: onnx.NodeProto, position: int) -> bool:
    """Say whether an optional input is given."""
    return len(node.input) > position and bool(node.input[position])


def _bias(scene: Scene, node: onnx.NodeProto, position: int, factor: Factor) -> tuple[Edit, ...]:
    """Scale a bias of one number a channel, where there is one."""
    if not has_input(node, position):
        return ()
    return (WeightEdit.of(scene, node, position, factor.across(1, 0)),)


def _require_channels(factor: Factor, node: onnx.NodeProto) -> None:
    if factor.axis not in (None, _CHANNELS):
        raise UnfoldableError(f"its factors are not along the channels of {told(node)}")
