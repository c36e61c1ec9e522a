import subprocess
import sys

import perbillion
from contract.progress import SilentProgress
from graph.model_file import save_model
from graph.perceptron import perceptron
from stats.verdict import VerdictKind

# Too few units for an interval; `make comparisons` has enough.
TINY = {
    "in_process": {"pairs": 1, "rounds_per_start": 50, "warmup_rounds": 5},
    "served": {"pairs": 1, "seconds_per_start": 0.3, "warmup_rounds": 5, "blocks_per_arm": 0},
}


def test_a_model_is_compared_with_itself_from_python(tmp_path):
    path = tmp_path / "model.onnx"
    save_model(perceptron((20, 16, 12, 5)), path)
    comparison = perbillion.compare(
        path,
        path,
        out=tmp_path / "runs",
        settings=TINY,
        progress=SilentProgress(),
    )
    assert isinstance(comparison, perbillion.Comparison)
    assert comparison.verdict is VerdictKind.INVALID
    (found,) = comparison.batches
    assert found.result.instrument("cpu_per_request").units == 1
    assert found.result.model("b").from_reference.largest_absolute_difference == 0


def test_importing_perbillion_loads_none_of_the_stages():
    code = (
        "import perbillion, sys; assert not {'onnxruntime', 'report', 'torch'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-P", "-c", code], check=True)
