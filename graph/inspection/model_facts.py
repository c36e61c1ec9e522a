"""What a model's file says of itself."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import prod
from pathlib import Path

import onnx
from onnx import TensorProto

from graph.call_tensors import packed_bytes
from graph.side_files import SideFile


@dataclass(frozen=True, slots=True)
class TensorFacts:
    """An input or output.

    Attributes
    ----------
    name : str
        Its name.
    datatype : str
        ONNX's name of its element type, in small letters, or of what it is where it is no tensor.
    shape : tuple of int or str, or None
        Sizes, symbols where any size is accepted, ``?`` where it has no name; None where the model
        does not say how many dimensions it has.
    """

    name: str
    datatype: str
    shape: tuple[int | str, ...] | None


@dataclass(frozen=True, slots=True)
class WeightFacts:
    """The initializers of one element type.

    Attributes
    ----------
    datatype : str
        ONNX's name of the element type, in small letters.
    numbers : int
        How many there are.
    size_bytes : int
        What they take.
    """

    datatype: str
    numbers: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class ModelFacts:
    """What a model's file says of itself.

    Attributes
    ----------
    producer : str
        What made it, with its version; empty where it does not say.
    ir_version : int
        Version of the file format.
    opsets : mapping of str to int
        Domain of operators to version; ONNX's own is ``ai.onnx``.
    file_bytes : int
        Size of the file.
    side_files : mapping of str to int
        Files with weights beside it, and their sizes in bytes.
    inputs, outputs : tuple of TensorFacts
        What it takes and gives.
    weights : tuple of WeightFacts
        Its initializers, the most first.
    operators : mapping of str to int
        Operator to number of nodes, the most first.
    with_subgraphs : tuple of str
        Operators that have subgraphs, which are not searched.
    functions : int
        Operators that the model brings along; their nodes are not searched.
    """

    producer: str
    ir_version: int
    opsets: Mapping[str, int]
    file_bytes: int
    side_files: Mapping[str, int]
    inputs: tuple[TensorFacts, ...]
    outputs: tuple[TensorFacts, ...]
    weights: tuple[WeightFacts, ...]
    operators: Mapping[str, int]
    with_subgraphs: tuple[str, ...]
    functions: int


def model_facts(model: onnx.ModelProto, path: Path, beside: Iterable[SideFile]) -> ModelFacts:
    """Gather the facts.

    Parameters
    ----------
    model : ModelProto
        The model.
    path : Path
        Its file.
    beside : iterable of SideFile
        The files beside it that hold weights.
    """
    graph = model.graph
    weights = {tensor.name for tensor in graph.initializer}
    return ModelFacts(
        producer=f"{model.producer_name} {model.producer_version}".strip(),
        ir_version=model.ir_version,
        opsets={opset.domain or "ai.onnx": opset.version for opset in model.opset_import},
        file_bytes=path.stat().st_size,
        side_files={file.location: file.path.stat().st_size for file in beside},
        inputs=tuple(_facts(value) for value in graph.input if value.name not in weights),
        outputs=tuple(_facts(value) for value in graph.output),
        weights=_weights(graph.initializer),
        operators=dict(Counter(node.op_type for node in graph.node).most_common()),
        with_subgraphs=tuple(sorted({node.op_type for node in graph.node if _has_subgraph(node)})),
        functions=len(model.functions),
    )


def datatype_name(element_type: int) -> str:
    """Return ONNX's name of an element type in small letters."""
    name: str = TensorProto.DataType.Name(element_type)
    return {"FLOAT": "float32", "DOUBLE": "float64"}.get(name, name.lower())


def _facts(value: onnx.ValueInfoProto) -> TensorFacts:
    kind = value.type.WhichOneof("value")
    if kind != "tensor_type":
        return TensorFacts(value.name, (kind or "unknown").removesuffix("_type"), None)
    tensor = value.type.tensor_type
    name = datatype_name(tensor.elem_type)
    if not tensor.HasField("shape"):
        return TensorFacts(value.name, name, None)
    sizes = (
        size.dim_value if size.HasField("dim_value") else size.dim_param or "?"
        for size in tensor.shape.dim
    )
    return TensorFacts(value.name, name, tuple(sizes))


def _weights(initializers: Iterable[onnx.TensorProto]) -> tuple[WeightFacts, ...]:
    numbers: Counter[int] = Counter()
    for tensor in initializers:
        numbers[tensor.data_type] += prod(tensor.dims)
    return tuple(
        WeightFacts(datatype_name(kind), count, packed_bytes(kind, count))
        for kind, count in numbers.most_common()
    )


def _has_subgraph(node: onnx.NodeProto) -> bool:
    return any(attribute.HasField("g") or attribute.graphs for attribute in node.attribute)
