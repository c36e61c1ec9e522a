"""Arms in ONNX Runtime."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path

import numpy as np

from contract.errors import LoadTestError
from contract.traffic import Array
from graph.session import (
    RUNTIME_VERSION,
    InferenceSession,
    open_session,
    session_options,
    writing_options,
)
from perbillion.runtimes.loaded_arm import Call, Executed
from perbillion.runtimes.row import Row

_CUDA = "CUDAExecutionProvider"


class OnnxRuntime:
    """ONNX Runtime at one optimisation level, on the CPU or on a GPU.

    Parameters
    ----------
    row : Row
        The settings.
    """

    def __init__(self, row: Row) -> None:
        self._row = row
        self.version = f"ONNX Runtime {RUNTIME_VERSION}"

    def calling(self) -> AbstractContextManager[object]:
        """Nothing is needed."""
        return nullcontext()

    def load(self, model: Path, requests: Sequence[Array]) -> OnnxArm:
        """Open a session of its own.

        Raises
        ------
        ArtifactError
            If ONNX Runtime refuses the model.
        LoadTestError
            If it has no CUDA provider, or that does not work here.
        """
        options = session_options(self._row.threads)
        # The enumeration is ONNX Runtime's, which one file alone imports.
        level = writing_options(Path(), level=self._row.level).graph_optimization_level
        options.graph_optimization_level = level
        if self._row.runtime == "onnxruntime":
            session = open_session(model, options=options)
        else:
            session = InferenceSession(model, options, providers=[_CUDA])
            _require_cuda(session)
        return OnnxArm(session, model, self._row, requests)


class OnnxArm:
    """A session and its calls.

    Parameters
    ----------
    session : InferenceSession
        Of the model.
    model : Path
        The file.
    row : Row
        The settings.
    requests : sequence of array
        What it is asked.
    """

    def __init__(
        self, session: InferenceSession, model: Path, row: Row, requests: Sequence[Array]
    ) -> None:
        self._model, self._row = model, row
        (given,) = session.get_inputs()
        self.calls: list[Call] = [
            partial(session.run, None, {given.name: request}) for request in requests
        ]

    def answers(self) -> list[Array]:
        """Predict on every request."""
        return [_first_output(call()) for call in self.calls]

    def executed(self) -> Executed:
        """Read the graph that ONNX Runtime writes down at this level.

        Raises
        ------
        ArtifactError
            If it refuses the model.
        """
        # Timing needs no onnx.
        from perbillion.runtimes.optimised_operators import read_operators  # noqa: PLC0415

        with tempfile.TemporaryDirectory(prefix="perbillion-") as folder:
            written = Path(folder) / "optimised.onnx"
            options = writing_options(written, level=self._row.level)
            if self._row.runtime == "onnxruntime":
                open_session(self._model, options=options)
            else:
                InferenceSession(self._model, options, providers=[_CUDA])
            return read_operators(written)


def _require_cuda(session: InferenceSession) -> None:
    if _CUDA not in session.get_providers():
        raise LoadTestError("ONNX Runtime fell back to the CPU: its CUDA provider cannot load")


def _first_output(outputs: object) -> Array:
    if not isinstance(outputs, list):
        raise TypeError(f"a session returned {type(outputs)}")
    return np.asarray(outputs[0])
