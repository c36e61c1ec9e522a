"""Splitting: one multiplication becomes k in sequence, by the k-th root of its factor.

``x * s = x * s^(1/k) * ... * s^(1/k)``: the same function up to k roundings, at the cost of k
nodes. That makes a series of doses: what one more scaling costs is the slope over k.

No optimisation of ONNX Runtime 1.32 merges multiplications by constants, so all k are performed
(a test holds the census to that). What it does take out is a multiplication by 1: a factor so
close to 1 that its root rounds to 1 cannot be split.
"""

from __future__ import annotations

import numpy as np
import onnx
from onnx import helper, numpy_helper

from contract.errors import ExperimentError
from graph.rewriting import remove_tensor, unused_name
from graph.scaling import Scaling, scalings
from graph.session import Array
from graph.wiring import Wiring


def split_scalings(model: onnx.ModelProto, parts: int) -> onnx.ModelProto:
    """Split every scaling of a model; the model given is left as it is.

    Parameters
    ----------
    model : ModelProto
        A model, with its weights in memory.
    parts : int
        Multiplications that each scaling becomes; 1 leaves them as they are.

    Returns
    -------
    ModelProto
        The same function up to rounding in the factors' own type, with `parts` - 1 more nodes a
        scaling.

    Raises
    ------
    ExperimentError
        If a factor has no such root: it is negative, or too close to 1 for its type.
    """
    result = onnx.ModelProto()
    result.CopyFrom(model)
    for scaling in scalings(model.graph) if parts > 1 else ():
        _split(result.graph, scaling, parts)
    return result


def _split(graph: onnx.GraphProto, scaling: Scaling, parts: int) -> None:
    root_name = unused_name(graph, f"{scaling.factor_name}_root{parts}")
    graph.initializer.append(numpy_helper.from_array(_root(scaling.factor, parts), root_name))
    position, whole = next(
        (position, node)
        for position, node in enumerate(graph.node)
        if list(node.output) == [scaling.output]
    )
    name, tensor = whole.name, scaling.tensor
    graph.node.remove(whole)
    for part in range(1, parts + 1):
        last = part == parts
        product = scaling.output if last else unused_name(graph, f"{scaling.output}_part{part}")
        node = helper.make_node("Mul", [tensor, root_name], [product], name and f"{name}_{part}")
        graph.node.insert(position + part - 1, node)
        tensor = product
    if Wiring(graph).uses(scaling.factor_name) == 0:
        remove_tensor(graph, scaling.factor_name)


def _root(factor: Array, parts: int) -> Array:
    """Return the root in the factor's shape and type; computed in float64, rounded once."""
    value = float(factor.reshape(()))
    if value < 0:
        raise _no_root(value, parts, "it is negative")
    root = np.asarray(value ** (1 / parts), dtype=factor.dtype)
    if root == 1 and value != 1:
        raise _no_root(value, parts, "its root rounds to 1, which the runtime would take out")
    return root.reshape(factor.shape)


def _no_root(value: float, parts: int, reason: str) -> ExperimentError:
    return ExperimentError(
        f"a multiplication by {value!r} cannot be split into {parts}: {reason}",
        remedy="leave out the arm that splits it, or drop with another probability",
    )
