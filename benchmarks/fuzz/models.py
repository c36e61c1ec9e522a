"""The models that are asked: every datatype, several tensors, every way that a request can take.

Each is opened here as well, with the server's own options: what the server answers must be
what ONNX Runtime says to the same tensors.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
from onnx import TensorProto, helper, numpy_helper

from contract.repository import MODEL_FILE
from contract.tensor import DATATYPES, TensorSpec
from graph.session import InferenceSession, RunOptions, input_specs, open_session, output_specs

Array = npt.NDArray[np.generic]
Shape = Sequence[int | str]

_ONNX_TYPES = {
    "BOOL": TensorProto.BOOL,
    "UINT8": TensorProto.UINT8,
    "UINT16": TensorProto.UINT16,
    "UINT32": TensorProto.UINT32,
    "UINT64": TensorProto.UINT64,
    "INT8": TensorProto.INT8,
    "INT16": TensorProto.INT16,
    "INT32": TensorProto.INT32,
    "INT64": TensorProto.INT64,
    "FP16": TensorProto.FLOAT16,
    "FP32": TensorProto.FLOAT,
    "FP64": TensorProto.DOUBLE,
    "BYTES": TensorProto.STRING,
}
_OPSET = 21
_IR_VERSION = 10
_SEED = 20261
# A batch's arithmetic may differ in the last bits from that of its rows alone.
_BATCH_TOLERANCE = 1e-5
_IN_THE_POOL = 'execution = "thread-pool"\n'
_IN_BATCHES = "[batching]\nmax_batch_size = 16\nmax_queue_delay_us = 200\n"


@dataclass(frozen=True, slots=True)
class FuzzedModel:
    """One version of a model that is served.

    Attributes
    ----------
    name, version : str
        How the server names it.
    inputs, outputs : tuple of TensorSpec
        What it takes and gives.
    session : InferenceSession
        What the server's answers are compared with.
    relative_tolerance : float
        How far they may be apart; 0: not a bit.
    """

    name: str
    version: str
    inputs: tuple[TensorSpec, ...] = field(repr=False)
    outputs: tuple[TensorSpec, ...] = field(repr=False)
    session: InferenceSession = field(repr=False)
    relative_tolerance: float = field(repr=False)

    def compute(self, inputs: Mapping[str, Array]) -> dict[str, Array] | None:
        """Return every output by its name; None where the model cannot compute these values."""
        options = RunOptions()
        options.log_severity_level = 4
        try:
            arrays = self.session.run(None, dict(inputs), options)
        # ONNX Runtime's exceptions share no base but Exception (its C++ binding makes them).
        except Exception:  # noqa: BLE001
            return None
        return {spec.name: array for spec, array in zip(self.outputs, arrays, strict=True)}


def write_repository(folder: Path) -> None:
    """Write the model repository that is served."""
    for datatype in DATATYPES:
        name = datatype.protocol
        _put(_echo({"x": (name, ("n", 3))}), folder, f"echo-{name.lower()}")
    mixed = {"i": ("INT64", ("n", 2)), "s": ("BYTES", ("n", 1)), "f": ("FP16", ())}
    _put(_echo(mixed), folder, "mixed")
    _put(_echo({"x": ("FP32", ("n", "m"))}), folder, "open")
    _put(_echo({"x": ("INT32", (2,))}), folder, "fixed")
    _put(_echo({"x": ("FP32", ("n", 3))}), folder, "pooled", settings=_IN_THE_POOL)
    _put(_perceptron(), folder, "mlp")
    _put(_perceptron(), folder, "batched", settings=_IN_BATCHES)
    for version in ("1", "2", "10"):
        _put(_times(float(version)), folder, "versions", version)
    _put(_sum_and_difference(), folder, "two")
    _put(_one("Log", "FP32", "FP32"), folder, "log")
    _put(_looked_up(), folder, "gather")
    _put(_one("NonZero", "INT64", "INT64", (1, "found")), folder, "nonzero")


def open_models(folder: Path) -> tuple[FuzzedModel, ...]:
    """Open every model of a repository as the server does, those of small inputs first.

    What is first is what Hypothesis comes to when it makes a request as small as it can.
    """
    models = []
    for path in sorted(folder.glob(f"*/*/{MODEL_FILE}")):
        session = open_session(path, threads=1)
        version, name = path.parent.name, path.parent.parent.name
        models.append(
            FuzzedModel(
                name,
                version,
                input_specs(session),
                output_specs(session),
                session,
                _BATCH_TOLERANCE if name == "batched" else 0.0,
            )
        )
    return tuple(sorted(models, key=lambda one: sum(map(abs, one.inputs[0].shape))))


def _put(
    model: onnx.ModelProto, folder: Path, name: str, version: str = "1", settings: str = ""
) -> None:
    path = folder / name / version / MODEL_FILE
    path.parent.mkdir(parents=True)
    onnx.save(model, path)
    if settings:
        (folder / name / "model.toml").write_text(settings)


def _model(
    nodes: Sequence[onnx.NodeProto],
    inputs: Sequence[onnx.ValueInfoProto],
    outputs: Sequence[onnx.ValueInfoProto],
    constants: Mapping[str, Array] | None = None,
) -> onnx.ModelProto:
    initializers = [
        numpy_helper.from_array(array, name) for name, array in (constants or {}).items()
    ]
    graph = helper.make_graph(nodes, "graph", inputs, outputs, initializers)
    return helper.make_model(
        graph, opset_imports=[helper.make_opsetid("", _OPSET)], ir_version=_IR_VERSION
    )


def _tensor(name: str, datatype: str, shape: Shape) -> onnx.ValueInfoProto:
    return helper.make_tensor_value_info(name, _ONNX_TYPES[datatype], shape)


def _echo(tensors: Mapping[str, tuple[str, Shape]]) -> onnx.ModelProto:
    """Give every input back under its name with a prime."""
    return _model(
        [helper.make_node("Identity", [name], [f"{name}'"]) for name in tensors],
        [_tensor(name, datatype, shape) for name, (datatype, shape) in tensors.items()],
        [_tensor(f"{name}'", datatype, shape) for name, (datatype, shape) in tensors.items()],
    )


def _one(operator: str, taken: str, given: str, shape: Shape = ("n",)) -> onnx.ModelProto:
    node = helper.make_node(operator, ["x"], ["y"])
    return _model([node], [_tensor("x", taken, ("n",))], [_tensor("y", given, shape)])


def _times(factor: float) -> onnx.ModelProto:
    return _model(
        [helper.make_node("Mul", ["x", "factor"], ["y"])],
        [_tensor("x", "FP32", ("n", 4))],
        [_tensor("y", "FP32", ("n", 4))],
        {"factor": np.array(factor, dtype=np.float32)},
    )


def _sum_and_difference() -> onnx.ModelProto:
    nodes = [helper.make_node("Add", ["a", "b"], ["sum"])]
    nodes.append(helper.make_node("Sub", ["a", "b"], ["difference"]))
    return _model(
        nodes,
        [_tensor("a", "FP32", ("n",)), _tensor("b", "FP32", ("n",))],
        [_tensor("sum", "FP32", ("n",)), _tensor("difference", "FP32", ("n",))],
    )


def _looked_up() -> onnx.ModelProto:
    """Look x up in a table of 3 rows: other indices cannot be computed."""
    return _model(
        [helper.make_node("Gather", ["table", "x"], ["y"])],
        [_tensor("x", "INT64", ("n",))],
        [_tensor("y", "FP32", ("n",))],
        {"table": np.array([10, 20, 30], dtype=np.float32)},
    )


def _perceptron() -> onnx.ModelProto:
    generator = np.random.default_rng(_SEED)
    constants: dict[str, Array] = {
        "w1": generator.standard_normal((784, 32), dtype=np.float32) / 28,
        "b1": generator.standard_normal(32, dtype=np.float32),
        "w2": generator.standard_normal((32, 10), dtype=np.float32) / 5,
        "b2": generator.standard_normal(10, dtype=np.float32),
    }
    return _model(
        [
            helper.make_node("Gemm", ["input", "w1", "b1"], ["sums"]),
            helper.make_node("Relu", ["sums"], ["hidden"]),
            helper.make_node("Gemm", ["hidden", "w2", "b2"], ["logits"]),
        ],
        [_tensor("input", "FP32", ("n", 784))],
        [_tensor("logits", "FP32", ("n", 10))],
        constants,
    )
