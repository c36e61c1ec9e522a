from dataclasses import dataclass
from pathlib import Path

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper

from contract.experiment import Experiment
from contract.run_directory import RunDirectory
from contract.traffic import Traffic
from loadtest.instruments.instrument import Subjects

ARMS = ("inverted", "regular", "folded", "again")


@dataclass
class Bench:
    """A run directory that is ready to be measured, with small models."""

    directory: RunDirectory
    subjects: Subjects
    experiment: Experiment


def small_model(path, *, scaled):
    """A layer of 8 to 3 numbers, its input multiplied by a half where `scaled`."""
    weights = np.linspace(-1, 1, 24, dtype=np.float32).reshape(3, 8) * (2 if scaled else 1)
    nodes = [helper.make_node("Gemm", ["h" if scaled else "x", "w"], ["logits"], transB=1)]
    initializers = [numpy_helper.from_array(weights, "w")]
    if scaled:
        nodes.insert(0, helper.make_node("Mul", ["x", "half"], ["h"]))
        initializers.append(numpy_helper.from_array(np.float32(0.5), "half"))
    graph = helper.make_graph(
        nodes,
        "small",
        [helper.make_tensor_value_info("x", TensorProto.FLOAT, ["batch", 8])],
        [helper.make_tensor_value_info("logits", TensorProto.FLOAT, ["batch", 3])],
        initializers,
    )
    opset = [helper.make_opsetid("", 20)]
    path.parent.mkdir(parents=True, exist_ok=True)
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=10), path)
    return path


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    directory = RunDirectory(tmp_path)
    inputs = np.random.default_rng(0).random((40, 8), dtype=np.float32)
    Traffic.of_rows("x", inputs).save(directory.traffic_npz)
    models = {
        arm: small_model(tmp_path / "models" / f"{arm}.onnx", scaled=arm == "regular")
        for arm in ARMS
    }
    subjects = Subjects(ARMS, models)
    overrides = {
        "arms": ARMS,
        "in_process": {"rounds_per_start": 50, "warmup_rounds": 5},
        "served": {"seconds_per_start": 0.2, "warmup_rounds": 5},
    }
    return Bench(directory, subjects, Experiment.resolve(overrides=overrides))
