"""Soundness: what must be right about a model before a runtime is given it.

Found out from the file alone, without reading weights in side files, and before anything is
allocated whose size the file states.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator, Mapping
from graphlib import CycleError, TopologicalSorter
from math import prod
from pathlib import Path

import onnx
from onnx import GraphProto, ModelProto, NodeProto, TensorProto

from contract.errors import ArtifactError
from graph.side_files import is_outside, side_files, size_in_side_file, tensors_of

# Of element types that are not whole bytes; the others are as wide as NumPy's.
_BITS: Mapping[int, int] = {
    TensorProto.INT4: 4,
    TensorProto.UINT4: 4,
    TensorProto.FLOAT4E2M1: 4,
    TensorProto.INT2: 2,
    TensorProto.UINT2: 2,
    TensorProto.FLOAT6E2M3: 6,
    TensorProto.FLOAT6E3M2: 6,
}
# Larger weights are left out of what the standard's checker and shape inference are given.
_LARGEST_CONSTANT_BYTES = 1024


def require_sound(model: ModelProto, path: Path) -> None:
    """Check a model whose side files are not read yet.

    Parameters
    ----------
    model : ModelProto
        The model as its file holds it; it is left as it is.
    path : Path
        Its file.

    Raises
    ------
    ArtifactError
        If a node needs a tensor that nothing makes, nodes feed one another in a circle or stand
        in a wrong order, a weight is larger or smaller than what is there of it, a side file lies
        where it must not, a tensor would not fit into this machine, or the model is not valid by
        the ONNX standard.
    """
    _require_weights(model, path)
    _require_wired(model.graph, frozenset(), path)
    weightless = _without_weights(model)
    _require_valid(weightless, path)
    _require_modest(weightless, path)


def unsound(reason: str, path: Path) -> ArtifactError:
    """Return the error for a file that is no valid model."""
    return ArtifactError(
        f"not a valid ONNX model: {reason}", where=str(path), remedy="name an .onnx file"
    )


def first_line(error: Exception) -> str:
    """Return what an error of the ``onnx`` package says, without its long context."""
    return next(iter(str(error).strip().splitlines()), type(error).__name__)


def _require_weights(model: ModelProto, path: Path) -> None:
    files = {file.location: file.path for file in side_files(model, path)}
    for tensor in tensors_of(model):
        if any(size < 0 for size in tensor.dims):
            raise unsound(f"{tensor.name!r} has a negative dimension: {list(tensor.dims)}", path)
        needed = _size_bytes(tensor)
        if needed is None:
            continue
        there = _bytes_there(tensor, files, path)
        if there is not None and there < needed:
            raise unsound(
                f"{tensor.name!r} of shape {list(tensor.dims)} takes {needed} bytes, "
                f"{max(there, 0)} are there",
                path,
            )


def _size_bytes(tensor: TensorProto) -> int | None:
    """Return what a tensor takes in a file; None where its elements have no fixed size."""
    if tensor.data_type == TensorProto.STRING:
        return None
    elements: int = prod(tensor.dims)
    if tensor.data_type in _BITS:
        return -(-elements * _BITS[tensor.data_type] // 8)
    try:
        width = onnx.helper.tensor_dtype_to_np_dtype(tensor.data_type).itemsize
    # A number that stands for no element type: the checker says so.
    except (KeyError, ValueError, TypeError):
        return None
    return elements * int(width)


def _bytes_there(tensor: TensorProto, files: dict[str, Path], path: Path) -> int | None:
    """Return how many bytes of a tensor there are; None where they are not kept as bytes."""
    if is_outside(tensor):
        try:
            return size_in_side_file(tensor, files)
        except (OSError, ValueError) as error:
            raise unsound(f"{tensor.name!r} in its side file: {error}", path) from error
    # How many elements a typed field holds is the checker's to compare.
    return len(tensor.raw_data) if tensor.HasField("raw_data") else None


def _require_wired(graph: GraphProto, outer: frozenset[str], path: Path) -> None:
    """Check that every node reads only what is there before it."""
    if not all(isinstance(text, str) for text in _texts(graph)):
        raise unsound("a name in it is no text", path)
    made = {"", *outer, *_given(graph)}
    for node in graph.node:
        for name in node.input:
            if name not in made:
                raise _unwired(name, node, graph, path)
        made.update(node.output)
        for attribute in node.attribute:
            for inner in (*attribute.graphs, *([attribute.g] if attribute.HasField("g") else [])):
                _require_wired(inner, frozenset(made), path)
    for value in graph.output:
        if value.name not in made:
            raise unsound(f"no node makes its output {value.name!r}", path)


def _texts(graph: GraphProto) -> Iterator[str]:
    """Yield names and symbols; those that are not UTF-8 are bytes."""
    for value in (*graph.input, *graph.output, *graph.value_info):
        yield value.name
        yield from (size.dim_param for size in value.type.tensor_type.shape.dim)
    for tensor in graph.initializer:
        yield tensor.name
    for node in graph.node:
        yield from (node.name, node.op_type, node.domain, *node.input, *node.output)


def _given(graph: GraphProto) -> set[str]:
    return {
        *(value.name for value in graph.input),
        *(tensor.name for tensor in graph.initializer),
        *(sparse.values.name for sparse in graph.sparse_initializer),
    }


def _unwired(name: str, node: NodeProto, graph: GraphProto, path: Path) -> ArtifactError:
    reader = f"node {node.name!r}" if node.name else f"the node that makes {list(node.output)}"
    reader = f"{reader} ({node.op_type})"
    if not any(name in other.output for other in graph.node):
        return unsound(
            f"{reader} needs {name!r}, which is no input, no initializer and no node's output", path
        )
    circle = _circle(graph.node)
    if circle:
        return unsound(f"its nodes feed one another in a circle: {' → '.join(circle)}", path)
    return unsound(f"{reader} stands before the node that makes its input {name!r}", path)


def _circle(nodes: Iterable[NodeProto]) -> tuple[str, ...]:
    """Return tensors of which each is computed from the one before, the first from the last."""
    needs = {output: list(node.input) for node in nodes for output in node.output if output}
    try:
        TopologicalSorter(needs).prepare()
    except CycleError as error:
        names = [str(name) for name in error.args[1]]
        return (*names[:4], "…", names[-1]) if len(names) > 6 else tuple(names)
    return ()


def _without_weights(model: ModelProto) -> ModelProto:
    """Return a copy in which large weights are inputs, and others in side files are empty."""
    bare = ModelProto()
    bare.CopyFrom(model)
    graph = bare.graph
    stated = {value.name for value in graph.input}
    kept = []
    for tensor in graph.initializer:
        if not is_outside(tensor) and tensor.ByteSize() <= _LARGEST_CONSTANT_BYTES:
            kept.append(tensor)
        elif tensor.name not in stated:
            graph.input.append(
                onnx.helper.make_tensor_value_info(tensor.name, tensor.data_type, tensor.dims)
            )
    small = [TensorProto.FromString(tensor.SerializeToString()) for tensor in kept]
    del graph.initializer[:]
    graph.initializer.extend(small)
    for tensor in tensors_of(bare):
        if is_outside(tensor):
            tensor.data_location = TensorProto.DEFAULT
            del tensor.external_data[:]
            del tensor.dims[:]
            tensor.dims.append(0)
    return bare


def _require_valid(model: ModelProto, path: Path) -> None:
    # Of operators that it does not know the checker takes the newest that it does.
    newest = onnx.defs.onnx_opset_version()
    for given in model.opset_import:
        if given.domain in ("", "ai.onnx") and given.version > newest:
            raise ArtifactError(
                f"its operators are of version {given.version}; the newest known here is {newest}",
                where=str(path),
                remedy="export it with an older opset, or install a newer onnx and onnxruntime",
            )
    try:
        onnx.checker.check_model(model)
    except (onnx.checker.ValidationError, ValueError) as error:
        raise unsound(first_line(error), path) from error


def _require_modest(model: ModelProto, path: Path) -> None:
    """Refuse a tensor that is larger than the machine's memory, as far as shapes are stated."""
    try:
        graph = onnx.shape_inference.infer_shapes(model, data_prop=True).graph
    except (onnx.shape_inference.InferenceError, ValueError, RuntimeError) as error:
        raise unsound(first_line(error), path) from error
    memory = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    for value in (*graph.input, *graph.value_info, *graph.output):
        sizes = [size.dim_value for size in value.type.tensor_type.shape.dim]
        # Open dimensions count one, and so does the width of an element.
        if prod(max(size, 1) for size in sizes) > memory:
            raise unsound(
                f"{value.name!r} has the shape {sizes}, more elements than this machine has "
                f"bytes of memory ({memory})",
                path,
            )
