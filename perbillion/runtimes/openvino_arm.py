"""Arms in OpenVINO, on the CPU."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from contextlib import AbstractContextManager, nullcontext
from functools import partial
from pathlib import Path

import numpy as np

from contract.errors import LoadTestError
from contract.traffic import Array
from perbillion.runtimes.loaded_arm import Call, Executed
from perbillion.runtimes.row import Row

# Imported together with its telemetry, OpenVINO tells a host of its makers so, unless the user has
# refused beforehand. Without that package it takes a stand-in that sends nothing.
sys.modules["openvino_telemetry"] = None  # type: ignore[assignment] # an import that fails

import openvino  # noqa: E402 - after the line above

# What carries tensors in and out, in the words of OpenVINO's execution graph.
_NO_WORK = {"Input", "Output", "Const"}
_MULTIPLICATIONS = {"Eltwise", "Multiply"}


class OpenVino:
    """OpenVINO with the settings of a row.

    Parameters
    ----------
    row : Row
        The settings.
    """

    def __init__(self, row: Row) -> None:
        self.version = f"OpenVINO {openvino.__version__.split('-')[0]}"
        self._settings: dict[str, str | int] = {
            "PERFORMANCE_HINT": "LATENCY",
            "INFERENCE_NUM_THREADS": row.threads,
            # Processors with bfloat16 would compute in it: another function.
            "INFERENCE_PRECISION_HINT": "f32",
        }

    def calling(self) -> AbstractContextManager[object]:
        """Nothing is needed."""
        return nullcontext()

    def load(self, model: Path, requests: Sequence[Array]) -> OpenVinoArm:
        """Compile a model of its own.

        Raises
        ------
        LoadTestError
            If OpenVINO cannot.
        """
        try:
            compiled = openvino.Core().compile_model(str(model), "CPU", self._settings)
        except RuntimeError as error:
            reason = str(error).strip().splitlines()[-1]
            raise LoadTestError(f"OpenVINO cannot compile the model: {reason}") from error
        return OpenVinoArm(compiled, requests)


class OpenVinoArm:
    """A compiled model and its calls.

    Parameters
    ----------
    compiled : CompiledModel
        The model.
    requests : sequence of array
        What it is asked.
    """

    def __init__(self, compiled: openvino.CompiledModel, requests: Sequence[Array]) -> None:
        self._compiled = compiled
        infer = compiled.create_infer_request().infer
        # Given arrays, OpenVINO's Python binding looks at them for longer than the network takes.
        self.calls: list[Call] = [
            partial(infer, openvino.Tensor(request, shared_memory=True)) for request in requests
        ]

    def answers(self) -> list[Array]:
        """Predict on every request."""
        return [_first_output(call()) for call in self.calls]

    def executed(self) -> Executed:
        """Read OpenVINO's execution graph."""
        told, scalings = [], 0
        for operation in self._compiled.get_runtime_model().get_ordered_ops():
            facts = operation.get_rt_info()
            kind = facts["layerType"].astype(str)
            if kind in _NO_WORK:
                continue
            scalings += kind in _MULTIPLICATIONS
            parts = facts["originalLayersNames"].astype(str).replace(",", ", ")
            told.append(f"{kind}({parts})")
        return Executed(tuple(told), scalings)


def _first_output(outputs: object) -> Array:
    if not isinstance(outputs, openvino.utils.data_helpers.wrappers.OVDict):
        raise TypeError(f"OpenVINO returned {type(outputs)}")
    # The memory is the next call's too.
    return np.array(outputs[0])
