"""ONNX Runtime sessions, opened in one way for the server and the instruments alike.

The only file that imports ONNX Runtime, and nothing of the ``onnx`` package: the server takes it.
"""

from __future__ import annotations

import os
import re

# ONNX Runtime's release builds send events to their makers unless this is set before they are
# loaded (Privacy.md in the package). A server should call nobody, and a thread that does would be
# measured along with the model. A user who has set it otherwise keeps it.
os.environ.setdefault("ORT_DISABLE_TELEMETRY", "1")

from collections.abc import Collection
from pathlib import Path
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import onnxruntime as ort

from contract.errors import ArtifactError
from contract.tensor import BY_ONNXRUNTIME_NAME, BY_PROTOCOL_NAME, TensorSpec

Array = npt.NDArray[np.generic]
# For everyone else: imported from here, ONNX Runtime is never loaded before the line above.
InferenceSession = ort.InferenceSession
RunOptions = ort.RunOptions
RUNTIME_VERSION: str = ort.__version__

# ONNX Runtime's severities: 0 verbose, 1 info, 2 warning, 3 error, 4 fatal. An error comes as an
# exception too, and is told in one line then.
_LOG_FATAL_ONLY = 4
# "[ONNXRuntimeError] : 1 : FAIL : Load model from PATH failed:/onnxruntime_src/model.cc:256 the
# function's signature) reason".
_PREAMBLE = re.compile(
    r"^\[ONNXRuntimeError\] : \d+ : \w+ : |Load model from .+? failed:\s*"
    r"|/onnxruntime_src/\S+ .*?\) (?=[A-Z])"
)


def session_options(threads: int = 1) -> ort.SessionOptions:
    """Return the options that every session of ours is opened with.

    Parameters
    ----------
    threads : int
        Threads for one operator. Waiting threads sleep instead of spinning, so that a
        session at rest costs nothing on a machine with few cores.
    """
    options = ort.SessionOptions()
    options.intra_op_num_threads = threads
    options.inter_op_num_threads = 1
    options.execution_mode = ort.ExecutionMode.ORT_SEQUENTIAL
    options.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    options.log_severity_level = _LOG_FATAL_ONLY
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    return options


def open_session(
    model: Path, *, threads: int = 1, options: ort.SessionOptions | None = None
) -> ort.InferenceSession:
    """Open a model file on the CPU.

    Parameters
    ----------
    model : Path
        An ONNX file.
    threads : int
        As in `session_options`; not used where `options` are given.
    options : SessionOptions, optional
        Options in place of `session_options`.

    Raises
    ------
    ArtifactError
        If the file is missing, is no ONNX model, or ONNX Runtime refuses it.
    """
    if not model.is_file():
        raise ArtifactError("no such model file", where=str(model))
    try:
        return ort.InferenceSession(
            model,
            options or session_options(threads),
            providers=["CPUExecutionProvider"],
            # It would print to the standard output, and try the same once more.
            enable_fallback=0,
        )
    # ONNX Runtime's exceptions share no base but Exception (its C++ binding makes them).
    except Exception as error:
        raise ArtifactError(
            f"ONNX Runtime cannot load this model: {reason_of(error)}",
            where=str(model),
            remedy="is it an ONNX file?",
        ) from error


def reason_of(error: Exception) -> str:
    """Return what an error of ONNX Runtime says, without the places it went through."""
    first = str(error).strip().partition("\n")[0]
    return _PREAMBLE.sub("", first) or type(error).__name__


def input_specs(session: ort.InferenceSession) -> tuple[TensorSpec, ...]:
    """Return the model's inputs.

    Raises
    ------
    ArtifactError
        If an input is not a tensor of a type that the protocol knows.
    """
    return tuple(_spec(node) for node in session.get_inputs())


def output_specs(session: ort.InferenceSession) -> tuple[TensorSpec, ...]:
    """Return the model's outputs.

    Raises
    ------
    ArtifactError
        As `input_specs` does.
    """
    return tuple(_spec(node) for node in session.get_outputs())


def zeros(specs: tuple[TensorSpec, ...], rows: int = 1) -> dict[str, Array]:
    """Return inputs of zeros (of empty text for BYTES) that fit, for warming a session up.

    Parameters
    ----------
    specs : tuple of TensorSpec
        The model's inputs.
    rows : int
        The size of every dimension that the model leaves open.
    """
    return {
        spec.name: np.full(
            [rows if size < 0 else size for size in spec.shape],
            "" if spec.datatype == "BYTES" else 0,
            dtype=BY_PROTOCOL_NAME[spec.datatype].numpy,
        )
        for spec in specs
    }


def _spec(node: Any) -> TensorSpec:  # noqa: ANN401 - ONNX Runtime's NodeArg has no type information
    datatype = BY_ONNXRUNTIME_NAME.get(node.type)
    if datatype is None:
        raise ArtifactError(
            f"tensor {node.name!r} is of type {node.type}, which the protocol cannot carry"
        )
    shape = tuple(size if isinstance(size, int) else -1 for size in node.shape)
    return TensorSpec(name=node.name, datatype=datatype.protocol, shape=shape)


Level = Literal["disabled", "basic", "extended", "all"]
# How far ONNX Runtime may go in rewriting a graph, the least first.
LEVELS: tuple[Level, ...] = ("disabled", "basic", "extended", "all")
_LEVELS = {
    "disabled": ort.GraphOptimizationLevel.ORT_DISABLE_ALL,
    "basic": ort.GraphOptimizationLevel.ORT_ENABLE_BASIC,
    "extended": ort.GraphOptimizationLevel.ORT_ENABLE_EXTENDED,
    "all": ort.GraphOptimizationLevel.ORT_ENABLE_ALL,
}
# Smaller tensors stay in the graph that is written down, where a reader finds them.
_SMALL_TENSOR_BYTES = 1024


def writing_options(
    target: Path, *, level: Level = "all", without: Collection[str] = ()
) -> ort.SessionOptions:
    """Return options of a session that writes down the graph that it would run.

    Parameters
    ----------
    target : Path
        The file to write; large tensors go to a file beside it.
    level : str
        How far ONNX Runtime may go in rewriting the graph.
    without : collection of str
        Names of optimisation passes that are turned off; one that ONNX Runtime does not know is
        not noticed.
    """
    options = session_options()
    options.graph_optimization_level = _LEVELS[level]
    options.optimized_model_filepath = str(target)
    beside, smallest = "external_initializers_file_name", "external_initializers_min_size_in_bytes"
    options.add_session_config_entry(f"session.optimized_model_{beside}", f"{target.name}.weights")
    options.add_session_config_entry(
        f"session.optimized_model_{smallest}", str(_SMALL_TENSOR_BYTES)
    )
    if without:
        passes = ";".join(sorted(without))
        options.add_session_config_entry("optimization.disable_specified_optimizers", passes)
    return options


def profiling_options(threads: int, prefix: Path) -> ort.SessionOptions:
    """Return options of a session that records the time of every node of every run.

    Parameters
    ----------
    threads : int
        As in `session_options`.
    prefix : Path
        What the file's name begins with; ``end_profiling`` of the session writes and returns it.
    """
    options = session_options(threads)
    options.enable_profiling = True
    options.profile_file_prefix = str(prefix)
    return options
