"""Who is measured."""

from __future__ import annotations

from benchmarks.peers import start_commands
from benchmarks.peers.codec import BINARY, LISTS, NO_TENSOR, OIP_JSON, RAW
from benchmarks.peers.contender import Contender

_INFER = "/v2/models/mlp/infer"

YARDSTICK = Contender(
    name="fastapi",
    label="FastAPI on uvicorn, GET {}",
    codec=NO_TENSOR,
    path="/",
    start=start_commands.uvicorn_fastapi,
    package="fastapi",
)


def perbillion_binary(model: str) -> Contender:
    """Return perbillion's server, asked for a model with binary tensors."""
    return Contender(
        name="perbillion-binary",
        label="perbillion",
        codec=BINARY,
        path=f"/v2/models/{model}/infer",
        start=start_commands.perbillion,
        package="perbillion",
    )


PERBILLION_BINARY = perbillion_binary("mlp")

PERBILLION_JSON = Contender(
    name="perbillion-json",
    label="perbillion",
    codec=OIP_JSON,
    path=_INFER,
    start=start_commands.perbillion,
    package="perbillion",
)

PERBILLION_RAW = Contender(
    name="perbillion-raw",
    label="perbillion",
    codec=RAW,
    path=_INFER,
    start=start_commands.perbillion,
    package="perbillion",
)

TRITON = Contender(
    name="triton-binary",
    label="Triton 2.51, Python backend",
    codec=BINARY,
    path=_INFER,
    start=start_commands.triton,
    package="nvidia-pytriton",
    environment=start_commands.TRITON,
)

MLSERVER = Contender(
    name="mlserver-json",
    label="MLServer",
    codec=OIP_JSON,
    path=_INFER,
    start=start_commands.mlserver,
    package="mlserver",
    environment=start_commands.MLSERVER,
)

LITSERVE = Contender(
    name="litserve-json",
    label="LitServe",
    codec=LISTS,
    path="/predict",
    start=start_commands.litserve,
    package="litserve",
    environment=start_commands.LITSERVE,
)

BENTOML = Contender(
    name="bentoml-json",
    label="BentoML",
    codec=LISTS,
    path="/predict",
    start=start_commands.bentoml,
    package="bentoml",
    environment=start_commands.BENTOML,
)

RAY = Contender(
    name="ray-json",
    label="Ray Serve",
    codec=LISTS,
    path="/",
    start=start_commands.ray,
    package="ray",
    environment=start_commands.RAY,
)

ASGI_SERVERS = (
    Contender(
        name="uvicorn-asgi",
        label="bare ASGI on uvicorn, GET {}",
        codec=NO_TENSOR,
        path="/",
        start=start_commands.uvicorn_asgi,
        package="uvicorn",
    ),
    Contender(
        name="granian-asgi",
        label="bare ASGI on Granian, GET {}",
        codec=NO_TENSOR,
        path="/",
        start=start_commands.granian_asgi,
        package="granian",
        environment=start_commands.GRANIAN,
    ),
    Contender(
        name="granian-fastapi",
        label="FastAPI on Granian, GET {}",
        codec=NO_TENSOR,
        path="/",
        start=start_commands.granian_fastapi,
        package="granian",
        environment=start_commands.GRANIAN,
    ),
    Contender(
        name="uvicorn-perbillion",
        label="perbillion's ASGI application on plain uvicorn",
        codec=BINARY,
        path=_INFER,
        start=start_commands.uvicorn_perbillion,
        package="uvicorn",
    ),
    Contender(
        name="granian-perbillion",
        label="perbillion's ASGI application on Granian",
        codec=BINARY,
        path=_INFER,
        start=start_commands.granian_perbillion,
        package="granian",
        environment=start_commands.GRANIAN,
    ),
)

CONTENDERS = (
    YARDSTICK,
    PERBILLION_BINARY,
    PERBILLION_RAW,
    PERBILLION_JSON,
    TRITON,
    MLSERVER,
    LITSERVE,
    BENTOML,
    RAY,
    *ASGI_SERVERS,
)
