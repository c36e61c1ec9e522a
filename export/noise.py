"""Random numbers of a graph, handed in: so that what it makes of them can be checked exactly."""

from __future__ import annotations

import onnx
from onnx import TensorProto, helper

from contract.errors import ParityError

# What the exporter writes for normal numbers whose shape depends on the input's.
_DRAWING = "RandomNormalLike"
_STANDARD = {"mean": 0.0, "scale": 1.0, "dtype": TensorProto.FLOAT}


def noise_as_inputs(model: onnx.ModelProto) -> tuple[onnx.ModelProto, tuple[str, ...]]:
    """Return a copy of a model that is given the normal numbers which the model itself draws.

    Parameters
    ----------
    model : ModelProto
        With nodes that draw from the standard normal distribution, anew at every prediction.

    Returns
    -------
    ModelProto
        The same graph with an input in place of each of those nodes.
    tuple of str
        The names of these inputs, float32, in the order in which the graph draws.

    Raises
    ------
    ParityError
        If a node draws from another normal distribution, or by a seed of its own, by which every
        server would draw the same.
    """
    given = onnx.ModelProto()
    given.CopyFrom(model)
    graph = given.graph
    drawing = [node for node in graph.node if node.op_type == _DRAWING]
    for node in drawing:
        _require_standard(node)
        graph.node.remove(node)
    names = tuple(node.output[0] for node in drawing)
    for value in [value for value in graph.value_info if value.name in names]:
        graph.value_info.remove(value)
    # Samples, rows, width: the network says how many of each.
    graph.input.extend(
        helper.make_tensor_value_info(name, TensorProto.FLOAT, [None, None, None]) for name in names
    )
    return given, names


def _require_standard(node: onnx.NodeProto) -> None:
    found = {entry.name: helper.get_attribute_value(entry) for entry in node.attribute}
    if _STANDARD | found != _STANDARD:
        told = ", ".join(f"{name} {value}" for name, value in sorted(found.items()))
        raise ParityError(
            "a node does not draw standard normal numbers, anew at every prediction, but by "
            f"{told}",
            where=f"node {node.name!r}",
            remedy="please report this with the version of torch",
        )
