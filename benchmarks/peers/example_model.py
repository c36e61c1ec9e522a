"""The models that are served: multilayer perceptrons with fixed random weights."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from graph.session import open_session

Rows = npt.NDArray[np.float32]

INPUT = "input"
OUTPUT = "logits"
# Opset and IR version that every contender's ONNX Runtime reads.
_OPSET = 21
_IR_VERSION = 10
_SEED = 20261


@dataclass(frozen=True, slots=True)
class ExampleModel:
    """A perceptron of fully connected layers with ReLU between them, float32.

    Attributes
    ----------
    name : str
        Its name in a model repository.
    widths : tuple of int
        Of the input, the hidden layers and the output.
    """

    name: str
    widths: tuple[int, ...]

    def put(self, repository: Path, name: str | None = None) -> Path:
        """Write it as ``<repository>/<name>/1/model.onnx``; returns that path."""
        folder = repository / (name or self.name) / "1"
        folder.mkdir(parents=True)
        path = folder / "model.onnx"
        onnx.save(self._proto(), path)
        return path

    def rows(self, count: int) -> Rows:
        """Return inputs, uniform from 0 to 1, shape (count, features); always the same."""
        generator = np.random.default_rng(_SEED)
        return generator.random((count, self.widths[0]), dtype=np.float32)

    def _proto(self) -> onnx.ModelProto:
        generator = np.random.default_rng(_SEED)
        nodes, constants, value = [], [], INPUT
        last = len(self.widths) - 2
        for index, (wide, narrow) in enumerate(pairwise(self.widths)):
            # Kaiming's scale keeps activations of the same size through the layers.
            spread = np.float32(np.sqrt(2 / wide))
            weight = generator.standard_normal((narrow, wide), dtype=np.float32) * spread
            bias = generator.standard_normal(narrow, dtype=np.float32)
            constants += [
                numpy_helper.from_array(weight, f"weight{index}"),
                numpy_helper.from_array(bias, f"bias{index}"),
            ]
            made = OUTPUT if index == last else f"sum{index}"
            inputs = [value, f"weight{index}", f"bias{index}"]
            nodes.append(helper.make_node("Gemm", inputs, [made], transB=1))
            value = made
            if index != last:
                value = f"hidden{index}"
                nodes.append(helper.make_node("Relu", [made], [value]))
        graph = helper.make_graph(
            nodes,
            self.name,
            [helper.make_tensor_value_info(INPUT, TensorProto.FLOAT, ["batch", self.widths[0]])],
            [helper.make_tensor_value_info(OUTPUT, TensorProto.FLOAT, ["batch", self.widths[-1]])],
            constants,
        )
        return helper.make_model(
            graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION
        )


MLP = ExampleModel("mlp", (784, 75, 45, 10))
"""The lecture's network; one row costs some 10 microseconds."""

LARGE = ExampleModel("large", (784, 4096, 4096, 10))
"""A network whose inference outweighs everything else a request costs."""


def right_answer(model_file: Path, rows: Rows) -> Rows:
    """Return what ONNX Runtime itself computes, shape (rows, outputs)."""
    (logits,) = open_session(model_file).run([OUTPUT], {INPUT: rows})
    return np.asarray(logits, dtype=np.float32)
