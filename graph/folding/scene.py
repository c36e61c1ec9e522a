"""What the rules of folding look at: a graph's wiring, shapes and constants."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import prod

import onnx
from onnx import helper, shape_inference

from graph.folding.factor import Shape
from graph.folding.unfoldable import UnfoldableError
from graph.session import Array
from graph.wiring import Wiring, is_standard

# Constants of more elements than this are weights, whose values tell no shape.
_SHAPE_VALUES = 1024


@dataclass(frozen=True, slots=True)
class Form:
    """What is known of a tensor without running the model.

    Attributes
    ----------
    shape : tuple of int or None, or None
        None for a dimension of unknown size, or where nothing is known.
    element_type : int
        As in ``TensorProto``; 0 where it is unknown.
    """

    shape: Shape | None = None
    element_type: int = 0


_UNKNOWN = Form()


def forms_of(model: onnx.ModelProto) -> dict[str, Form]:
    """Return what is known of every tensor of a model, by ONNX's shape inference."""
    graph = shape_inference.infer_shapes(_without_weights(model), data_prop=True).graph
    return {
        value.name: Form(_shape(value.type.tensor_type), value.type.tensor_type.elem_type)
        for value in (*graph.input, *graph.value_info, *graph.output)
        if value.type.HasField("tensor_type")
    }


@dataclass(frozen=True, slots=True)
class Scene:
    """One look at a graph that is being folded.

    Attributes
    ----------
    wiring : Wiring
        Of the graph as it stands.
    forms : mapping of str to Form
        Of the tensors by name; folding changes neither shapes nor types.
    """

    wiring: Wiring
    forms: Mapping[str, Form]

    def form(self, tensor: str) -> Form:
        """Return what is known of a tensor; of constants nothing: they are at hand themselves."""
        return self.forms.get(tensor, _UNKNOWN)

    def shape(self, tensor: str) -> Shape | None:
        """Return a tensor's shape, as far as it is known."""
        return self.form(tensor).shape

    def weights(self, node: onnx.NodeProto, position: int) -> Array:
        """Return the constant that a node has at one of its inputs.

        Raises
        ------
        UnfoldableError
            If it is no constant.
        """
        name = node.input[position]
        constant = self.wiring.constant(name)
        if constant is None:
            raise UnfoldableError(f"the weights of {told(node)} {self._instead(name)}")
        return constant

    def _instead(self, name: str) -> str:
        producer = self.wiring.producer(name)
        if producer is not None and is_standard(producer, "DequantizeLinear"):
            return "are quantised"
        if self.wiring.is_input(name):
            return "come from the caller, or may"
        return "are computed at every prediction"


def told(node: onnx.NodeProto) -> str:
    """Name a node for people: its operator and its first output."""
    return f"{node.op_type} {node.output[0]!r}"


def _shape(tensor: onnx.TypeProto.Tensor) -> Shape | None:
    if not tensor.HasField("shape"):
        return None
    return tuple(
        size.dim_value if size.HasField("dim_value") else None for size in tensor.shape.dim
    )


def _without_weights(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return the model with its large constants as inputs: inference would copy them."""
    light = onnx.ModelProto(
        ir_version=model.ir_version, opset_import=model.opset_import, functions=model.functions
    )
    graph, light_graph = model.graph, light.graph
    light_graph.name = graph.name
    light_graph.node.extend(graph.node)
    light_graph.input.extend(graph.input)
    light_graph.output.extend(graph.output)
    light_graph.value_info.extend(graph.value_info)
    inputs = {value.name for value in graph.input}
    for tensor in graph.initializer:
        if prod(tensor.dims) <= _SHAPE_VALUES:
            light_graph.initializer.append(tensor)
        elif tensor.name not in inputs:
            light_graph.input.append(
                helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims)
            )
    return light
