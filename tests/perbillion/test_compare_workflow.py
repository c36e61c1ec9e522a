"""The workflow in docs/examples, its commands carried out."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from graph.model_file import save_model
from graph.perceptron import perceptron

WORKFLOW = Path(__file__).parents[2] / "docs" / "examples" / "compare.yml"
TINY = (
    "--set served.pairs=1 --set served.seconds_per_start=0.3 --set served.warmup_rounds=5 "
    "--set in_process.pairs=1 --set in_process.rounds_per_start=50"
)


@pytest.fixture(scope="module")
def steps():
    (job,) = yaml.safe_load(WORKFLOW.read_text())["jobs"].values()
    return job["steps"]


def test_its_comparison_runs_and_leaves_what_the_later_steps_take(steps, tmp_path):
    (compare,) = [step["run"] for step in steps if "perbillion compare" in step.get("run", "")]
    for path, factor in (("before.onnx", 1.0), ("models/model.onnx", 0.5)):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        save_model(perceptron((8, 6, 4, 3), factor=factor), tmp_path / path)
    script = compare.replace("--budget 5m", TINY)
    assert script != compare
    summary = tmp_path / "summary.md"
    completed = subprocess.run(
        ["bash", "-e", "-c", script],
        cwd=tmp_path,
        env=os.environ
        | {
            "GITHUB_STEP_SUMMARY": str(summary),
            "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        },
        capture_output=True,
        text=True,
        check=False,
    )
    # Too few units for an interval: the run does not count, and the step fails with that code.
    assert completed.returncode == 5, completed.stderr
    assert "### " in summary.read_text()
    kept = steps[-1]["with"]["path"].split()
    assert kept == ["perbillion.xml", "report.html"]
    assert all((tmp_path / name).is_file() for name in kept)


def test_it_installs_what_comparing_takes_and_no_torch(steps):
    (install,) = [step["run"] for step in steps if "pip install" in step.get("run", "")]
    assert "[compare]" in install
    assert "--constraint perbillion/constraints.txt" in install
