"""Tables that a graph looks rows up in, and how many rows they have."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from onnx import GraphProto, NodeProto, TensorProto, helper, numpy_helper

from graph.dimension import Dimension
from graph.wiring import is_standard

# Operator to (input of indices, input of the table, the attribute that says along which axis): no
# attribute, the first axis; "*", all axes.
_LOOKUPS: Mapping[tuple[str, str], tuple[tuple[int, int, str | None], ...]] = {
    ("", "Gather"): ((1, 0, "axis"),),
    ("", "GatherElements"): ((1, 0, "axis"),),
    ("", "ScatterElements"): ((1, 0, "axis"),),
    ("", "GatherND"): ((1, 0, "*"),),
    ("", "ScatterND"): ((1, 0, "*"),),
    ("", "RotaryEmbedding"): ((3, 1, None),),
    ("com.microsoft", "RotaryEmbedding"): ((1, 2, None),),
    ("com.microsoft", "EmbedLayerNormalization"): ((0, 2, None), (1, 4, None)),
    ("com.microsoft", "GatherBlockQuantized"): ((1, 0, "gather_axis"),),
}
# Their output has the shape of their first input.
_SAME_SHAPE = ("Identity", "Cast", "DequantizeLinear", "Dropout")
# A constant of more numbers is no offset.
_LARGEST_CONSTANT = 1_000_000


class LookupTables:
    """Shapes and small constants of a graph, as far as its file states them.

    Parameters
    ----------
    graph : GraphProto
        The graph; its weights may lie in side files that were not read.
    """

    def __init__(self, graph: GraphProto) -> None:
        self._tensors = {tensor.name: tensor for tensor in graph.initializer}
        self._producers: dict[str, NodeProto] = {}
        for node in graph.node:
            value = next((each.t for each in node.attribute if each.name == "value"), None)
            if is_standard(node, "Constant") and value is not None and node.output:
                self._tensors[node.output[0]] = value
            for name in node.output:
                self._producers[name] = node
        self._stated = {
            value.name: tuple(
                size.dim_value if size.HasField("dim_value") else size.dim_param
                for size in value.type.tensor_type.shape.dim
            )
            for value in (*graph.input, *graph.value_info)
            if value.type.tensor_type.HasField("shape")
        }

    def rows(self, node: NodeProto, position: int) -> tuple[Dimension, ...]:
        """Return how many rows a node's table has, where this input of it holds indices.

        Parameters
        ----------
        node : NodeProto
            A node.
        position : int
            Which of its inputs.

        Returns
        -------
        tuple of int or str
            Every size that the indices must stay below; empty where the input holds no indices
            or the table's size is not known.
        """
        domain = "" if node.domain == "ai.onnx" else node.domain
        for indices, table, axis in _LOOKUPS.get((domain, node.op_type), ()):
            if indices == position and table < len(node.input):
                shape = self._shape(node.input[table])
                sizes = shape if axis == "*" else _along(shape, _axis(node, axis))
                return tuple(size for size in sizes if size)
        return ()

    def constant(self, name: str) -> npt.NDArray[np.generic] | None:
        """Return the value of a small constant that the file itself holds, None for others."""
        tensor = self._tensors.get(name)
        if tensor is None or tensor.data_location == TensorProto.EXTERNAL:
            return None
        if np.prod(tensor.dims, dtype=float) > _LARGEST_CONSTANT:
            return None
        try:
            return numpy_helper.to_array(tensor)
        # Dimensions and contents that do not fit.
        except (ValueError, TypeError, KeyError):
            return None

    def _shape(self, name: str) -> tuple[Dimension, ...]:
        seen: set[str] = set()
        while name not in self._tensors and name not in self._stated:
            node = self._producers.get(name)
            if node is None or not is_standard(node, *_SAME_SHAPE) or name in seen:
                return ()
            seen.add(name)
            name = node.input[0]
        return tuple(self._tensors[name].dims) if name in self._tensors else self._stated[name]


def _axis(node: NodeProto, attribute: str | None) -> int:
    found = (each for each in node.attribute if each.name == attribute)
    return next((int(helper.get_attribute_value(each)) for each in found), 0)


def _along(shape: tuple[Dimension, ...], axis: int) -> tuple[Dimension, ...]:
    return shape[axis : axis + 1 or None] if -len(shape) <= axis < len(shape) else ()
