"""Tensors whose shapes cannot be inferred, looked at in a call."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import onnx
from onnx import helper

from contract.traffic import Request
from graph.call_tensors import CallTensors
from graph.inspection.calling import call
from graph.inspection.optimiser import save_beside
from graph.session import open_session, session_options


def observed(
    model: onnx.ModelProto, tensors: CallTensors, request: Request, path: Path
) -> CallTensors:
    """Complete what is known of a call's tensors by making the call.

    ONNX's inference gives up where a shape depends on values that are not constant (``Range``,
    ``NonZero``), and at operators outside the standard. The model is run once with the tensors
    that are left as outputs of the graph; where none are left, it is not run.

    Parameters
    ----------
    model : ModelProto
        A model, with its weights in memory.
    tensors : CallTensors
        What could be inferred.
    request : mapping of str to array
        The call's inputs.
    path : Path
        Where the model may be written for this; the caller removes it.

    Raises
    ------
    ArtifactError
        If ONNX Runtime cannot load the model, or run it on this request.
    """
    made = {name for node in model.graph.node for name in node.output if name}
    left = sorted(name for name in made if tensors.size_bytes(name) is None)
    if not left:
        return tensors
    telling = onnx.ModelProto()
    telling.CopyFrom(model)
    asked = {value.name for value in telling.graph.output}
    telling.graph.output.extend(
        onnx.ValueInfoProto(name=name) for name in left if name not in asked
    )
    save_beside(telling, path)
    session = open_session(path, options=session_options())
    found = zip(left, call(session, path, request, left), strict=True)
    # A sequence, or an optional that is not there, is no array and stays unknown.
    arrays = {name: value for name, value in found if isinstance(value, np.ndarray)}
    return CallTensors(
        {**tensors.shapes, **{name: array.shape for name, array in arrays.items()}},
        {
            **tensors.element_types,
            **{
                name: helper.np_dtype_to_tensor_dtype(array.dtype) for name, array in arrays.items()
            },
        },
    )
