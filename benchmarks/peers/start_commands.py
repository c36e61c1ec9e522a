"""How each server is started: the one place with its command line and variables."""

from __future__ import annotations

import os
import shutil
import sys
import sysconfig
from pathlib import Path

from benchmarks.peers.contender import Serving
from benchmarks.peers.peer_environment import PeerEnvironment
from benchmarks.peers.pinned_process import PinnedCommand
from contract.errors import LoadTestError

_HERE = Path(__file__).parent
_ROOT = _HERE.parent.parent
_SERVERS = _HERE / "servers"
_PERBILLION_ASGI = "perbillion_asgi"

GRANIAN = PeerEnvironment("granian")
TRITON = PeerEnvironment("triton")
MLSERVER = PeerEnvironment("mlserver")
LITSERVE = PeerEnvironment("litserve")
BENTOML = PeerEnvironment("bentoml")
RAY = PeerEnvironment("ray")


def perbillion_arguments(serving: Serving, *options: str) -> list[str]:
    """Return the command line of this project's own server."""
    return [
        *(sys.executable, "-P", "-m", "serve", str(serving.repository)),
        *("--port", str(serving.port), *serving.bench.serve_options, *options),
    ]


def perbillion_variables() -> dict[str, str]:
    """Return the variables of this project's own server: the tree that this process runs."""
    path = os.environ.get("PYTHONPATH")
    return {"PYTHONPATH": path} if path else {}


def perbillion(serving: Serving) -> PinnedCommand:
    """Start this project's own server."""
    return serving.command(perbillion_arguments(serving), perbillion_variables())


def uvicorn_fastapi(serving: Serving) -> PinnedCommand:
    """Start the yardstick on uvicorn, as ``pip install uvicorn[standard]`` runs it."""
    return _uvicorn(serving, "fastapi_noop", "application:app")


def uvicorn_asgi(serving: Serving) -> PinnedCommand:
    """Start a bare ASGI application on uvicorn."""
    return _uvicorn(serving, "asgi_noop", "application:app")


def uvicorn_perbillion(serving: Serving) -> PinnedCommand:
    """Start perbillion's ASGI application on plain uvicorn, without its own HTTP protocol."""
    return _uvicorn(serving, _PERBILLION_ASGI, "application:create", "--factory")


def granian_fastapi(serving: Serving) -> PinnedCommand:
    """Start the yardstick on Granian."""
    return _granian(serving, "fastapi_noop", "application:app")


def granian_asgi(serving: Serving) -> PinnedCommand:
    """Start a bare ASGI application on Granian."""
    return _granian(serving, "asgi_noop", "application:app")


def granian_perbillion(serving: Serving) -> PinnedCommand:
    """Start perbillion's ASGI application on Granian."""
    return _granian(serving, _PERBILLION_ASGI, "application:create", "--factory")


def triton(serving: Serving) -> PinnedCommand:
    """Start Triton's own binary on a model of its Python backend.

    Everything comes out of the wheel of PyTriton, which itself is not used: server, Python
    backend, the backend's stub for this version of Python, and their libraries.
    """
    installed = TRITON.packages / "pytriton" / "tritonserver"
    version = f"{sys.version_info.major}.{sys.version_info.minor}"
    stub = installed / "python_backend_stubs" / version / "triton_python_backend_stub"
    if not stub.is_file():
        raise LoadTestError(f"the wheel has no Python backend for Python {version}")
    # The server wants the stub beside the backend.
    backend = serving.folder / "backends" / "python"
    backend.mkdir(parents=True)
    for file in (*(installed / "backends" / "python").iterdir(), stub):
        if file.is_file():
            (backend / file.name).symlink_to(file)
    _lay_out_triton_model(serving)
    # The stub is linked with libpython, which lies beside the interpreter the environment is of.
    libraries = (TRITON.packages / "nvidia_pytriton.libs", sysconfig.get_config_var("LIBDIR"))
    return serving.command(
        [
            str(installed / "bin" / "tritonserver"),
            *("--model-repository", str(serving.folder / "models")),
            *("--backend-directory", str(serving.folder / "backends")),
            *("--http-address", "127.0.0.1", "--http-port", str(serving.port)),
            *("--allow-grpc", "false", "--allow-metrics", "false"),
        ],
        {
            "LD_LIBRARY_PATH": os.pathsep.join(map(str, libraries)),
            # The stub finds its packages as an activated environment's interpreter does.
            "PATH": os.pathsep.join([str(TRITON.python.parent), os.environ["PATH"]]),
        },
    )


def _lay_out_triton_model(serving: Serving) -> None:
    folder = serving.folder / "models" / serving.model.name
    (folder / "1").mkdir(parents=True)
    shutil.copy(_SERVERS / "triton" / "model.py", folder / "1" / "model.py")
    settings = (_SERVERS / "triton" / "config.pbtxt").read_text()
    written = settings.replace("ONNX_FILE", str(serving.model_file))
    (folder / "config.pbtxt").write_text(written)


def mlserver(serving: Serving) -> PinnedCommand:
    """Start MLServer with a runtime of a few lines, in one process."""
    shutil.copytree(_SERVERS / "mlserver", serving.folder, dirs_exist_ok=True)
    return serving.command(
        [MLSERVER.program("mlserver"), "start", str(serving.folder)],
        {
            "MLSERVER_HTTP_PORT": str(serving.port),
            # Any that are free: nobody asks there.
            "MLSERVER_GRPC_PORT": "0",
            "MLSERVER_METRICS_PORT": "0",
            "PYTHONPATH": str(serving.folder),
        },
    )


def litserve(serving: Serving) -> PinnedCommand:
    """Start LitServe with one API process and one worker."""
    script = _SERVERS / "litserve" / "server.py"
    return serving.command([str(LITSERVE.python), str(script), str(serving.port)])


def bentoml(serving: Serving) -> PinnedCommand:
    """Start BentoML with one worker."""
    folder = _SERVERS / "bentoml"
    return serving.command(
        [
            *(BENTOML.program("bentoml"), "serve", "service:OnnxService"),
            *("--working-dir", str(folder)),
            *("--host", "127.0.0.1", "--port", str(serving.port)),
        ],
        {"BENTOML_DO_NOT_TRACK": "True", "BENTOML_HOME": str(serving.folder)},
    )


def ray(serving: Serving) -> PinnedCommand:
    """Start Ray Serve with one replica."""
    script = _SERVERS / "ray" / "server.py"
    return serving.command(
        [str(RAY.python), str(script), str(serving.port), str(serving.folder)],
        {"RAY_USAGE_STATS_ENABLED": "0"},
    )


def _uvicorn(serving: Serving, folder: str, application: str, *options: str) -> PinnedCommand:
    return serving.command(
        [
            *(sys.executable, "-P", "-m", "uvicorn", application, *options),
            *("--app-dir", str(_SERVERS / folder)),
            *("--host", "127.0.0.1", "--port", str(serving.port)),
            *("--loop", "uvloop", "--http", "httptools"),
            *("--no-access-log", "--log-level", "warning"),
        ],
        {**perbillion_variables(), **_application_variables(serving)},
    )


def _granian(serving: Serving, folder: str, application: str, *options: str) -> PinnedCommand:
    return serving.command(
        [
            *(GRANIAN.program("granian"), application, *options),
            *("--interface", "asgi", "--loop", "uvloop", "--http", "1", "--no-ws"),
            *("--host", "127.0.0.1", "--port", str(serving.port)),
            *("--working-dir", str(_SERVERS / folder), "--log-level", "warning"),
        ],
        {
            "PYTHONPATH": os.environ.get("PYTHONPATH") or str(_ROOT),
            **_application_variables(serving),
        },
    )


def _application_variables(serving: Serving) -> dict[str, str]:
    """Return what ``servers/perbillion_asgi`` reads; the no-op applications read nothing."""
    return {"PEER_REPOSITORY": str(serving.repository), "PEER_PORT": str(serving.port)}
