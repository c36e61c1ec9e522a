"""The outline of a model that only its server has: what it takes and gives, and nothing between."""

from __future__ import annotations

from collections.abc import Sequence

import onnx
from onnx import helper

from contract.tensor import BY_PROTOCOL_NAME, TensorSpec


def outline(inputs: Sequence[TensorSpec], outputs: Sequence[TensorSpec]) -> onnx.ModelProto:
    """Return a model without nodes: enough to make up requests by, not to run.

    Parameters
    ----------
    inputs, outputs : sequence of TensorSpec
        As the server's metadata tells them.
    """
    graph = helper.make_graph([], "outline", _values(inputs), _values(outputs))
    return helper.make_model(graph)


def _values(specs: Sequence[TensorSpec]) -> list[onnx.ValueInfoProto]:
    return [
        helper.make_tensor_value_info(
            spec.name,
            helper.np_dtype_to_tensor_dtype(BY_PROTOCOL_NAME[spec.datatype].numpy),
            # Metadata does not name what it leaves open.
            [size if size >= 0 else None for size in spec.shape],
        )
        for spec in specs
    ]
