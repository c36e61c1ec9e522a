"""Element types and shapes of all tensors in one call of a model."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import ceil, prod

import numpy as np
import onnx
from onnx import TensorProto, helper, shape_inference

# Larger constants are never a shape, an axis or a bound: inference needs no more of them than
# how large they are, and a graph without them is quickly copied.
_LARGEST_READ = 1024
# NumPy keeps these in whole bytes; ONNX packs them.
_BITS: Mapping[int, int] = {
    TensorProto.INT2: 2,
    TensorProto.UINT2: 2,
    TensorProto.INT4: 4,
    TensorProto.UINT4: 4,
    TensorProto.FLOAT4E2M1: 4,
}


@dataclass(frozen=True, slots=True)
class CallTensors:
    """What is known of the tensors of one call, before it is made.

    Attributes
    ----------
    shapes : mapping of str to tuple of int
        Those whose every dimension is known.
    element_types : mapping of str to int
        ONNX's number of the element type (``TensorProto.DataType``).
    """

    shapes: Mapping[str, tuple[int, ...]]
    element_types: Mapping[str, int]

    def elements(self, name: str) -> int:
        """Return how many elements a tensor has.

        Raises
        ------
        KeyError
            If its shape is not known.
        """
        return prod(self.shapes[name])

    def is_float(self, name: str) -> bool:
        """Say whether a tensor holds floating-point numbers, as far as that is known."""
        known = self.element_types.get(name)
        return known is not None and is_floating(known)

    def size_bytes(self, name: str) -> int | None:
        """Return what a tensor takes in memory; None where its type or shape is not known."""
        if name not in self.shapes or name not in self.element_types:
            return None
        return packed_bytes(self.element_types[name], self.elements(name))


def tensors_of_call(
    model: onnx.ModelProto, input_shapes: Mapping[str, Sequence[int | None]]
) -> CallTensors:
    """Infer the tensors of one call from the shapes of its inputs.

    ONNX's shape inference works them out node by node. What depends on values, and what an
    operator outside the standard makes, stays unknown.

    Parameters
    ----------
    model : ModelProto
        A model, with its small constants in memory.
    input_shapes : mapping of str to sequence of int or None
        For each input one size a dimension; None leaves it as the model has it.
    """
    graph = shape_inference.infer_shapes(_skeleton(model, input_shapes), data_prop=True).graph
    shapes: dict[str, tuple[int, ...]] = {}
    element_types: dict[str, int] = {}
    for value in (*graph.input, *graph.value_info, *graph.output):
        tensor = value.type.tensor_type
        if tensor.elem_type:
            element_types[value.name] = tensor.elem_type
        if tensor.HasField("shape") and all(
            size.HasField("dim_value") for size in tensor.shape.dim
        ):
            shapes[value.name] = tuple(size.dim_value for size in tensor.shape.dim)
    for constant in model.graph.initializer:
        shapes[constant.name] = tuple(constant.dims)
        element_types[constant.name] = constant.data_type
    return CallTensors(shapes, element_types)


def is_floating(element_type: int) -> bool:
    """Say whether an ONNX element type is one of floating-point numbers, narrow ones too."""
    name: str = TensorProto.DataType.Name(element_type)
    return name == "DOUBLE" or "FLOAT" in name


def packed_bytes(element_type: int, elements: int) -> int:
    """Return what so many elements of an ONNX element type take."""
    bits = _BITS.get(element_type)
    if bits is not None:
        return ceil(elements * bits / 8)
    dtype: np.dtype[np.generic] = helper.tensor_dtype_to_np_dtype(element_type)
    return elements * dtype.itemsize


def _skeleton(
    model: onnx.ModelProto, input_shapes: Mapping[str, Sequence[int | None]]
) -> onnx.ModelProto:
    """Return the model with the call's input shapes and without what inference does not need."""
    skeleton = onnx.ModelProto(ir_version=model.ir_version)
    skeleton.opset_import.extend(model.opset_import)
    skeleton.functions.extend(model.functions)
    graph = skeleton.graph
    graph.name = model.graph.name
    graph.node.extend(model.graph.node)
    for value in model.graph.input:
        _fix(graph.input.add(), value, input_shapes.get(value.name, ()))
    listed = {value.name for value in model.graph.input}
    for tensor in model.graph.initializer:
        if prod(tensor.dims) <= _LARGEST_READ:
            graph.initializer.append(tensor)
        elif tensor.name not in listed:
            form = helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims)
            graph.input.append(form)
    for value in model.graph.output:
        # What was inferred for an open dimension must not stand against what is inferred now.
        kept = graph.output.add()
        kept.CopyFrom(value)
        if kept.type.HasField("tensor_type"):
            kept.type.tensor_type.ClearField("shape")
    return skeleton


def _fix(
    target: onnx.ValueInfoProto, value: onnx.ValueInfoProto, sizes: Sequence[int | None]
) -> None:
    target.CopyFrom(value)
    tensor = target.type.tensor_type
    if tensor.elem_type and not tensor.HasField("shape"):
        for _ in sizes:
            tensor.shape.dim.add()
    dimensions = tensor.shape.dim
    for dimension, size in zip(dimensions, sizes, strict=False):
        if size is not None:
            dimension.dim_value = size
