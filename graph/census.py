"""What a graph holds, and what ONNX Runtime makes of it."""

from __future__ import annotations

import tempfile
from math import prod
from pathlib import Path

import onnx

from contract.graph_card import Census
from graph.flops import count_flops
from graph.model_file import save_model
from graph.session import open_session, session_options


def take_census(model: onnx.ModelProto) -> Census:
    """Count a model's operators, before and after optimisation, its parameters and FLOPs.

    Parameters
    ----------
    model : ModelProto
        A model, with its weights in memory.

    Raises
    ------
    ArtifactError
        If the model is not valid, or ONNX Runtime refuses it.
    """
    flops = count_flops(model)
    return Census(
        operators=_operators(model),
        operators_optimised=_operators(optimised(model)),
        parameters=sum(prod(tensor.dims) for tensor in model.graph.initializer),
        flops_per_row=flops.per_row,
        operators_uncounted=flops.uncounted,
    )


def optimised(model: onnx.ModelProto) -> onnx.ModelProto:
    """Return what ONNX Runtime runs: the model after its optimisation.

    The session is opened with the very options of every session of ours
    (`graph.session.session_options`), and asked to write down what it made. The result is
    for reading: it may hold operators that only this machine's ONNX Runtime has.

    Raises
    ------
    ArtifactError
        If the model is not valid, or ONNX Runtime refuses it.
    """
    with tempfile.TemporaryDirectory(prefix="perbillion-") as folder:
        given, written = Path(folder) / "model.onnx", Path(folder) / "optimised.onnx"
        save_model(model, given)
        options = session_options()
        options.optimized_model_filepath = str(written)
        open_session(given, options=options)
        return onnx.load_model(written, format="protobuf")


def _operators(model: onnx.ModelProto) -> tuple[str, ...]:
    return tuple(node.op_type for node in model.graph.node)
