"""The pair that is measured, in each form of its graph."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

from graph.model_file import save_model
from graph.perceptron import perceptron
from perbillion.runtimes.row import Form

# The reference, the arm with the scalings, and the A/A control: the reference once more.
ARMS = ("inverted", "regular", "again")
_SCALED = "regular"


def save_pair(
    folder: Path, widths: Sequence[int], *, keep_probability: float, form: Form = "gemm"
) -> dict[str, Path]:
    """Write the models of all arms: one function.

    Parameters
    ----------
    folder : Path
        Where to.
    widths : sequence of int
        Of the input, the hidden layers and the output.
    keep_probability : float
        What the scaled arm multiplies the activations of each hidden layer by.
    form : str
        How the linear layers are written.

    Returns
    -------
    dict of str to Path
        Arm to file. The control has the reference's.

    Raises
    ------
    ArtifactError
        If the folder cannot be written to.
    """
    paths = {}
    for arm, factor in (("inverted", 1.0), (_SCALED, keep_probability)):
        paths[arm] = folder / f"{arm}.onnx"
        save_model(in_form(perceptron(widths, factor=factor), form), paths[arm])
    return {arm: paths.get(arm, paths["inverted"]) for arm in ARMS}


def in_form(model: onnx.ModelProto, form: Form) -> onnx.ModelProto:
    """Write the linear layers of a made-up perceptron in another form.

    Parameters
    ----------
    model : ModelProto
        From ``graph.perceptron``. It is left as it is.
    form : str
        As in `Row`.

    Returns
    -------
    ModelProto
        The same function up to rounding, on rank 3 of every row; without the biases where the form
        has none.
    """
    result = onnx.ModelProto()
    result.CopyFrom(model)
    if form == "gemm":
        return result
    graph = result.graph
    weights = {node.input[1] for node in graph.node if node.op_type == "Gemm"}
    biases = {node.input[2] for node in graph.node if node.op_type == "Gemm"}
    nodes = [part for node in graph.node for part in _parts(node, biased=form != "no-bias")]
    del graph.node[:]
    graph.node.extend(nodes)
    tensors = [
        _transposed(tensor) if tensor.name in weights else tensor
        for tensor in graph.initializer
        if form != "no-bias" or tensor.name not in biases
    ]
    del graph.initializer[:]
    graph.initializer.extend(tensors)
    if form == "rank-3":
        for value in (*graph.input, *graph.output):
            _put_a_dimension_between(value)
    return result


def _parts(node: onnx.NodeProto, *, biased: bool) -> Iterator[onnx.NodeProto]:
    """Take a ``Gemm`` apart; hand on any other node."""
    if node.op_type != "Gemm":
        yield node
        return
    tensor, weight, bias = node.input
    product = f"{node.output[0]}_product" if biased else node.output[0]
    yield helper.make_node("MatMul", [tensor, weight], [product])
    if biased:
        yield helper.make_node("Add", [product, bias], list(node.output))


def _transposed(tensor: onnx.TensorProto) -> onnx.TensorProto:
    # Gemm(transB=1) has its weights as (outputs, inputs), MatMul as (inputs, outputs).
    values = np.ascontiguousarray(numpy_helper.to_array(tensor).T)
    return numpy_helper.from_array(values, tensor.name)


def _put_a_dimension_between(value: onnx.ValueInfoProto) -> None:
    batch, width = value.type.tensor_type.shape.dim
    shape = [batch.dim_param, "rows", width.dim_value]
    kind = value.type.tensor_type.elem_type
    value.CopyFrom(helper.make_tensor_value_info(value.name, kind, shape))
