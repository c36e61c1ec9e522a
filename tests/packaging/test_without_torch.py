"""`[serve]` and `[compare]` install no torch: two ONNX files are enough to serve and to load."""

import json
import os
import subprocess
import sys
import urllib.request
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper

from graph.model_file import save_model
from graph.perceptron import perceptron

ROOT = Path(__file__).parents[2]
# None in sys.modules makes an import fail as if the package were not installed.
BLOCKED = """
import runpy, sys
for name in {modules!r}:
    sys.modules[name] = None
sys.argv = ["serve", *sys.argv[1:]]
runpy.run_module("serve", run_name="__main__")
"""


@pytest.fixture
def repository(tmp_path):
    version = tmp_path / "repository" / "double" / "1"
    version.mkdir(parents=True)
    vector = {"elem_type": TensorProto.FLOAT, "shape": ["batch", 3]}
    graph = helper.make_graph(
        [helper.make_node("Add", ["x", "x"], ["y"])],
        "double",
        [helper.make_tensor_value_info("x", **vector)],
        [helper.make_tensor_value_info("y", **vector)],
    )
    opset = [helper.make_opsetid("", 20)]
    onnx.save(helper.make_model(graph, opset_imports=opset, ir_version=10), version / "model.onnx")
    return version.parents[1]


def _serve_and_double(command, repository, folder):
    """Start a server by `command` plus its options; return what it makes of [1, 2, 3]."""
    reading, writing = os.pipe()
    options = [str(repository), "--port", "0", "--ready-fd", str(writing)]
    with subprocess.Popen(
        [*command, *options], cwd=folder, pass_fds=[writing], stdout=subprocess.DEVNULL
    ) as server:
        os.close(writing)
        try:
            with os.fdopen(reading) as pipe:
                address = json.loads(pipe.readline())
            tensor = {"name": "x", "shape": [1, 3], "datatype": "FP32", "data": [1, 2, 3]}
            request = urllib.request.Request(
                f"http://{address['host']}:{address['port']}/v2/models/double/infer",
                data=json.dumps({"inputs": [tensor]}).encode(),
                headers={"Content-Type": "application/json"},
            )
            with urllib.request.urlopen(request) as answer:
                return json.load(answer)["outputs"][0]["data"]
        finally:
            server.terminate()


def test_the_server_runs_where_torch_and_the_other_stages_packages_cannot_be_imported(
    repository, tmp_path
):
    modules = ["torch", "onnx", "onnxscript", "scipy", "pyarrow", "sklearn", "locust", "matplotlib"]
    command = [sys.executable, "-P", "-c", BLOCKED.format(modules=modules)]
    assert _serve_and_double(command, repository, tmp_path) == [2, 4, 6]


@pytest.mark.parametrize("command", ["compare", "inspect", "fold"])
def test_two_onnx_files_are_compared_inspected_and_folded_where_torch_cannot_be_imported(
    command, tmp_path
):
    model = tmp_path / "model.onnx"
    save_model(perceptron((6, 5, 4, 3), factor=0.5), model)
    tiny = ["in_process.rounds_per_start=20", "served.seconds_per_start=0.2", "served.pairs=1"]
    settings = [word for one in (*tiny, "in_process.pairs=1") for word in ("--set", one)]
    arguments = {
        "compare": ["compare", model, model, *settings],
        "inspect": ["inspect", model],
        "fold": ["fold", model, "-o", tmp_path / "folded.onnx"],
    }
    modules = ["torch", "onnxscript", "sklearn", "pooch"]
    code = BLOCKED.replace("serve", "perbillion").format(modules=modules)
    completed = subprocess.run(
        [sys.executable, "-P", "-c", code, *map(str, arguments[command])],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    # One unit is too few for an interval.
    assert completed.returncode == (5 if command == "compare" else 0), completed.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    folder = tmp_path_factory.mktemp("wheel")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    subprocess.run([*pip, "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, ROOT], check=True)
    (built,) = folder.glob("*.whl")
    return built


def _fresh_environment(folder, wheel, extra):
    subprocess.run([sys.executable, "-m", "venv", folder], check=True)
    python = folder / "bin" / "python"
    install = [python, "-m", "pip", "--disable-pip-version-check", "install", "--quiet"]
    pinned = ["--constraint", ROOT / "constraints.txt"]
    subprocess.run([*install, *pinned, f"{wheel}[{extra}]"], check=True)
    return python


@pytest.mark.slow
def test_the_extra_serve_installs_no_torch_and_serves(wheel, repository, tmp_path):
    python = _fresh_environment(tmp_path / "environment", wheel, "serve")
    missing = subprocess.run([python, "-c", "import torch"], capture_output=True, check=False)
    assert b"No module named 'torch'" in missing.stderr
    # A user's own files of the same names are in the way and must not be taken for ours.
    (tmp_path / "serve.py").write_text("raise SystemExit('shadowed')")
    (tmp_path / "graph").mkdir()
    assert _serve_and_double([python, "-P", "-m", "serve"], repository, tmp_path) == [2, 4, 6]


@pytest.mark.slow
def test_the_extra_compare_installs_no_torch_and_names_the_extra_that_training_needs(
    wheel, tmp_path
):
    python = _fresh_environment(tmp_path / "environment", wheel, "compare")
    completed = subprocess.run(
        [python, "-P", "-m", "perbillion", "train"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    assert completed.returncode == 2
    assert "pip install '.[train]'" in completed.stderr
    assert "Traceback" not in completed.stderr
