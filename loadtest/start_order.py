"""Orders: what a measuring process is told to do, as a file it reads when it starts."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from contract.document import Document
from contract.tensor import TensorSpec


class InProcessOrder(Document):
    """One start of the in-process instrument.

    Schema history: 1 = first.

    Attributes
    ----------
    arms : tuple of str
        The arms, the reference first.
    load_order : tuple of str
        The order in which their sessions are loaded.
    models : dict of str to Path
        Arm to ONNX file.
    """

    schema_version: Literal[1] = 1
    replicate: int
    arms: tuple[str, ...]
    load_order: tuple[str, ...]
    models: dict[str, Path]
    payload: Path
    samples: Path
    rounds: int
    warmup_rounds: int
    order_seed: int
    payload_seed: int


class ServedOrder(Document):
    """One start of the load generator, against a server that is ready.

    Schema history: 1 = first.

    Attributes
    ----------
    base_url : str
        The server, such as ``http://127.0.0.1:8000``.
    aliases : dict of str to str
        Arm to the name it is served under.
    spec : TensorSpec
        The models' input.
    """

    schema_version: Literal[1] = 1
    replicate: int
    arms: tuple[str, ...]
    aliases: dict[str, str]
    base_url: str
    spec: TensorSpec
    payload: Path
    samples: Path
    seconds: float
    warmup_rounds: int
    order_seed: int
    payload_seed: int
