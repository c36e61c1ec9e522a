"""Copying: a model of the same input and output that computes nothing.

Served like any other, it costs what everything but the network costs.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import helper, numpy_helper

from contract.errors import ArtifactError
from graph.rewriting import unused_name


def copying_model(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return a model whose output is the first numbers of its input.

    Names, types, shapes and operator set are those of the model given, open dimensions too. The
    graph is one ``Gather``: of the operators that copy, the quickest in ONNX Runtime 1.32
    (``Slice`` and ``Split`` work their bounds out at every prediction).

    Parameters
    ----------
    model : ModelProto
        A model of one input and one output, both of one type and of shape (rows, numbers); the
        input's numbers are as many as the output's, or more.

    Raises
    ------
    ArtifactError
        If the model is none of that kind.
    """
    weights = {tensor.name for tensor in model.graph.initializer}
    inputs = [value for value in model.graph.input if value.name not in weights]
    if len(inputs) != 1 or len(model.graph.output) != 1:
        raise _cannot_copy("it has several inputs or outputs")
    given, asked = inputs[0], model.graph.output[0]
    if given.type.tensor_type.elem_type != asked.type.tensor_type.elem_type:
        raise _cannot_copy(f"{asked.name!r} is of another type than {given.name!r}")
    there, wanted = _numbers_a_row(given), _numbers_a_row(asked)
    if wanted > there:
        raise _cannot_copy(f"{asked.name!r} has {wanted} numbers, {given.name!r} only {there}")
    first = numpy_helper.from_array(np.arange(wanted), unused_name(model.graph, "first"))
    node = helper.make_node("Gather", [given.name, first.name], [asked.name], axis=1)
    copying = onnx.ModelProto()
    copying.CopyFrom(model)
    copying.graph.CopyFrom(
        helper.make_graph([node], model.graph.name, [given], [asked], initializer=[first])
    )
    return copying


def _numbers_a_row(value: onnx.ValueInfoProto) -> int:
    dimensions = value.type.tensor_type.shape.dim
    if len(dimensions) != 2 or not dimensions[1].HasField("dim_value"):
        raise _cannot_copy(f"{value.name!r} is not of shape (rows, numbers)")
    return int(dimensions[1].dim_value)


def _cannot_copy(reason: str) -> ArtifactError:
    return ArtifactError(
        f"no copying model can be made for this model: {reason}",
        remedy="leave out the arm 'null'",
    )
