"""The house stands as ARCHITECTURE.md says."""

import ast
import importlib.util
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
BASE = {"numpy", "pydantic", "typer", "rich", "tomli_w"}
STAGES = {"train", "export", "serve", "loadtest", "report"}
OURS = STAGES | {"console", "contract", "graph", "perbillion", "stats"}

# What each package may import beside the standard library. `console` and Typer are for the
# edge of a stage alone (command.py, __main__.py): see MAY_AT_THE_EDGE.
MAY = {
    "contract": {"contract", "numpy", "pydantic", "tomli_w"},
    "console": {"console", "contract", "typer", "rich"},
    "stats": {"stats", "numpy", "scipy"},
    "graph": {"graph", "contract", "numpy", "onnx", "onnxruntime"},
    "train": {"train", "contract", "stats", "torch", "numpy", "sklearn", "pooch"},
    "export": {"export", "contract", "graph", "train", "numpy", "torch", "onnx", "onnxruntime"},
    "serve": {"serve", "contract", "graph", "fastapi", "starlette", "uvicorn", "numpy", "orjson"}
    | {"pydantic", "onnxruntime", "simdjson", "httptools", "uvloop", "prometheus_client"}
    | {"fastapi_offline"},
    "loadtest": {"loadtest", "contract", "stats", "graph", "locust", "gevent", "numpy"},
    "report": {"report", "contract", "stats", "numpy", "pydantic", "jinja2", "matplotlib"}
    | {"markupsafe"},
    "perbillion": OURS | {"typer", "rich", "numpy", "onnx"},
}
MAY_AT_THE_EDGE = {"console", "typer", "rich"}
EDGES = {"command.py", "__main__.py"}
# Single files that may import what the rest of their package may not.
MAY_IN_FILE = {
    "contract/samples.py": {"pyarrow"},
    "perbillion/break_even/map_picture.py": {"matplotlib"},
    "perbillion/runtimes/cuda_graph.py": {"torch"},
    "perbillion/runtimes/openvino_arm.py": {"openvino"},
    "perbillion/runtimes/torch_arm.py": {"torch"},
    "perbillion/runtimes/torch_network.py": {"torch"},
}


def _sources():
    return [path for package in sorted(OURS) for path in sorted((ROOT / package).rglob("*.py"))]


def _imported(path):
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path}: relative imports break where files are run by path"
            yield node.module


@pytest.mark.parametrize("path", _sources(), ids=lambda path: str(path.relative_to(ROOT)))
def test_each_file_imports_only_what_its_package_may(path):
    relative = path.relative_to(ROOT)
    may = MAY[relative.parts[0]] | MAY_IN_FILE.get(str(relative), set())
    if relative.name in EDGES:
        may = may | MAY_AT_THE_EDGE
    modules = {name.partition(".")[0] for name in _imported(path)}
    assert modules - set(sys.stdlib_module_names) <= may | {"__future__"}


def test_the_server_takes_nothing_of_graph_but_the_session():
    imported = {name for path in (ROOT / "serve").rglob("*.py") for name in _imported(path)}
    assert {name for name in imported if name.startswith("graph")} == {"graph.session"}
    assert not any(
        name.startswith("onnx.") or name == "onnx" for name in _imported(ROOT / "graph/session.py")
    )


def test_one_file_loads_onnx_runtime_and_tells_it_first_to_send_nothing():
    sources = {str(path.relative_to(ROOT)): set(_imported(path)) for path in _sources()}
    assert [name for name, found in sources.items() if "onnxruntime" in found] == [
        "graph/session.py"
    ]
    code = "import os, graph.session; print(os.environ['ORT_DISABLE_TELEMETRY'])"
    assert subprocess.check_output([sys.executable, "-P", "-c", code], text=True) == "1\n"
    text = (ROOT / "graph/session.py").read_text()
    assert text.index("ORT_DISABLE_TELEMETRY") < text.index("import onnxruntime")


@pytest.mark.parametrize(
    ("module", "unloaded"),
    [
        (
            "serve.routes.application",
            {"torch", "onnx", "scipy", "pyarrow", "sklearn", "locust", "matplotlib"},
        ),
        (
            "perbillion.cli",
            {"torch", "onnx", "onnxruntime", "scipy", "fastapi", "locust", "matplotlib"},
        ),
        ("loadtest.stage", {"torch", "fastapi", "locust", "gevent"}),
    ],
)
def test_importing_a_module_leaves_what_it_does_not_need_unloaded(module, unloaded):
    code = f"import sys, {module}; print(*{{name.partition('.')[0] for name in sys.modules}})"
    loaded = subprocess.run(
        [sys.executable, "-P", "-c", code], check=True, capture_output=True, text=True
    ).stdout.split()
    assert unloaded.isdisjoint(loaded)


def test_no_module_of_the_load_test_bears_a_package_s_name():
    for path in (ROOT / "loadtest").rglob("*.py"):
        name = path.stem
        if name not in {"__init__", "__main__"}:
            assert importlib.util.find_spec(name) is None, f"{path} would shadow {name}"


def test_package_faces_hand_on_names_and_define_nothing():
    for package in OURS:
        body = ast.parse((ROOT / package / "__init__.py").read_text()).body
        allowed: tuple[type, ...] = (ast.Expr, ast.ImportFrom)
        if package == "perbillion":
            # The public API, which is loaded when it is asked for (PEP 562).
            allowed += (ast.If, ast.Assign, ast.FunctionDef)
        assert all(isinstance(node, allowed) for node in body), package


def test_no_file_has_a_name_that_says_nothing():
    vague = {"utils", "util", "helpers", "helper", "common", "misc", "manager"}
    tracked = subprocess.run(
        ["git", "ls-files", "*.py"], cwd=ROOT, check=True, capture_output=True, text=True
    ).stdout.split()
    assert not {Path(name).stem for name in tracked} & vague
