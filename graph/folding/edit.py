"""Edits: constants of a graph that take a factor up."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import onnx
from onnx import helper, numpy_helper

from graph.folding.scene import Scene, told
from graph.folding.unfoldable import UnfoldableError
from graph.rewriting import remove_tensor, unused_name
from graph.session import Array
from graph.wiring import Wiring


@dataclass(frozen=True, slots=True)
class Absorption:
    """Where a factor, or a part of it, has gone.

    Attributes
    ----------
    operator : str
        Of the node.
    node : str
        The node's first output.
    weights : str
        The constant's name, or the attribute's.
    """

    operator: str
    node: str
    weights: str


@dataclass(frozen=True, slots=True, eq=False)
class WeightEdit:
    """New values for a constant that one node reads.

    Attributes
    ----------
    into : Absorption
        Which.
    position : int
        Which of the node's inputs it is.
    values : array
        What it becomes, in its own type.
    is_exact : bool
        Whether the factor is a power of two and no value was rounded.
    is_shared : bool
        Whether others use the constant too, so that the node gets a copy of its own.
    """

    into: Absorption
    position: int
    values: Array
    is_exact: bool
    is_shared: bool

    @classmethod
    def of(
        cls,
        scene: Scene,
        node: onnx.NodeProto,
        position: int,
        factor: npt.NDArray[np.float64],
        *,
        may_widen: bool = False,
    ) -> WeightEdit:
        """Multiply a constant by a factor that is laid out to its shape.

        Parameters
        ----------
        scene : Scene
            Where the node stands.
        node : NodeProto
            It.
        position : int
            The input that is the constant.
        factor : array of float64
            What broadcasts with the constant.
        may_widen : bool
            Whether the product may have another shape: a bias may, weights may not.

        Raises
        ------
        UnfoldableError
            If it is no constant, or would become infinite or lose digits.
        """
        weights = scene.weights(node, position)
        if factor.ndim not in (0, weights.ndim) and not may_widen:
            raise _unlike(node)
        with np.errstate(over="ignore", under="ignore"):
            values = np.asarray(weights.astype(np.float64) * factor, dtype=weights.dtype)
        if values.shape != weights.shape and not may_widen:
            raise _unlike(node)
        _require_kept(weights, values, told(node))
        name = node.input[position]
        return cls(
            into=Absorption(node.op_type, node.output[0], name),
            position=position,
            values=values,
            is_exact=_is_exact(weights, values, factor),
            is_shared=scene.wiring.uses(name) > 1,
        )

    def apply(self, graph: onnx.GraphProto) -> bool:
        """Write the new values, into a copy where others use the constant; say whether they do."""
        node = _node(graph, self.into.node)
        old = node.input[self.position]
        if Wiring(graph).uses(old) > 1:
            name = unused_name(graph, f"{old}_folded")
            graph.initializer.append(numpy_helper.from_array(self.values, name))
            node.input[self.position] = name
            return True
        tensor = numpy_helper.from_array(self.values, old)
        for initializer in graph.initializer:
            if initializer.name == old:
                initializer.CopyFrom(tensor)
                return False
        # It was the output of a node, `Constant`, which is no longer needed.
        remove_tensor(graph, old)
        graph.initializer.append(tensor)
        return False


@dataclass(frozen=True, slots=True)
class AttributeEdit:
    """A new value for an attribute of a ``Gemm``: alpha of the product, beta of the bias.

    Attributes
    ----------
    into : Absorption
        Which.
    value : float
        What it becomes; attributes are float32.
    is_exact : bool
        As in `WeightEdit`.
    """

    into: Absorption
    value: float
    is_exact: bool
    is_shared: bool = False

    @classmethod
    def of(
        cls, scene: Scene, node: onnx.NodeProto, name: str, factor: npt.NDArray[np.float64]
    ) -> AttributeEdit:
        """Multiply an attribute by a number.

        Raises
        ------
        UnfoldableError
            If the factor is no one number, or the model computes in another type than the
            attribute's, float32.
        """
        if factor.ndim:
            raise UnfoldableError(f"{told(node)} has only one {name} for all its numbers")
        if scene.form(node.output[0]).element_type != onnx.TensorProto.FLOAT:
            raise UnfoldableError(f"{name} of {told(node)} is of another type than its numbers")
        old = np.asarray(attribute(node, name, 1.0), dtype=np.float32)
        with np.errstate(over="ignore", under="ignore"):
            new = np.asarray(old * factor, dtype=np.float32)
        _require_kept(old, new, told(node))
        return cls(
            into=Absorption(node.op_type, node.output[0], name),
            value=float(new),
            is_exact=_is_exact(old, new, factor),
        )

    def apply(self, graph: onnx.GraphProto) -> bool:
        """Write the new value; no other node has this attribute."""
        node, name = _node(graph, self.into.node), self.into.weights
        for old in [old for old in node.attribute if old.name == name]:
            node.attribute.remove(old)
        node.attribute.append(helper.make_attribute(name, self.value))
        return False


Edit = WeightEdit | AttributeEdit


def attribute(node: onnx.NodeProto, name: str, default: float) -> float:
    """Return a node's attribute that is a number."""
    for given in node.attribute:
        if given.name == name:
            return float(helper.get_attribute_value(given))
    return default


def _node(graph: onnx.GraphProto, output: str) -> onnx.NodeProto:
    found: onnx.NodeProto = next(node for node in graph.node if node.output[:1] == [output])
    return found


def _unlike(node: onnx.NodeProto) -> UnfoldableError:
    return UnfoldableError(f"the weights of {told(node)} are of another shape than usual")


def _require_kept(old: Array, new: Array, node: str) -> None:
    """Refuse values that overflow, or become so small that digits are lost."""
    before, after = np.broadcast_arrays(old, new)
    tiny = float(np.finfo(new.dtype.name).tiny)
    if (np.isfinite(before) & ~np.isfinite(after)).any():
        raise UnfoldableError(f"the weights of {node} would be infinite")
    if ((np.abs(before) >= tiny) & (np.abs(after) < tiny)).any():
        raise UnfoldableError(f"the weights of {node} would be too small for their type")


def _is_exact(old: Array, new: Array, factor: npt.NDArray[np.float64]) -> bool:
    power_of_two = bool((np.abs(np.frexp(factor)[0]) == 0.5).all())
    # For a power of two float64 holds the quotient as it is.
    undone = new.astype(np.float64) / factor
    return power_of_two and bool(np.array_equal(undone, np.broadcast_to(old, undone.shape)))
