"""Orders: what a measuring process is told to do, as a file it reads when it starts."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from contract.document import Document
from contract.samples import Instrument


class InProcessOrder(Document):
    """One start of the in-process instrument.

    Schema history: 1 = first; 2 = traffic of any inputs, threads.

    Attributes
    ----------
    arms : tuple of str
        The arms, the reference first.
    load_order : tuple of str
        The order in which their sessions are loaded; an arm stands there once for each copy.
    models : dict of str to Path
        Arm to ONNX file.
    threads : int
        Of every session.
    """

    schema_version: Literal[2] = 2
    replicate: int
    arms: tuple[str, ...]
    load_order: tuple[str, ...]
    models: dict[str, Path]
    threads: int
    traffic: Path
    samples: Path
    rounds: int
    warmup_rounds: int
    order_seed: int
    payload_seed: int


class ServedOrder(Document):
    """One start of the load generator; where the server is comes through a pipe.

    Schema history: 1 = first; 2 = several copies of an arm, blocks, the address through a pipe;
    3 = traffic of any inputs, models that are served elsewhere.

    Attributes
    ----------
    instrument : str
        The served campaign it is of.
    aliases : dict of str to tuple of str
        Arm to the names that its copies are served under.
    urls : dict of str to str
        Arm to where its requests go, for those that are served elsewhere.
    binary : bool
        Whether tensors are sent in binary.
    blocks : Path or None
        Where the blocks of one arm go that follow the rounds; None for no blocks.
    """

    schema_version: Literal[3] = 3
    instrument: Instrument
    replicate: int
    arms: tuple[str, ...]
    aliases: dict[str, tuple[str, ...]]
    urls: dict[str, str]
    binary: bool
    traffic: Path
    samples: Path
    seconds: float
    warmup_rounds: int
    order_seed: int
    payload_seed: int
    blocks: Path | None
    blocks_per_arm: int
    requests_per_block: int


class CapacityOrder(Document):
    """One start of the capacity generator, against a server that is ready.

    Schema history: 1 = first; 2 = traffic of any inputs.

    Attributes
    ----------
    aliases : dict of str to str
        Arm to the name it is served under.
    base_url : str
        The server, such as ``http://127.0.0.1:8000``.
    server_core : int
        The core it is pinned to.
    log : Path
        Where what is found goes (``contract.capacity_log``).
    connections : int
        Of the saturated blocks.
    warm_up_seconds : float
        How long each arm is loaded before anything counts.
    probed : tuple of str
        The arms whose largest rate is searched for.
    arrival_seeds : tuple of int
        One for each probe of an arm; all arms share them.
    """

    schema_version: Literal[2] = 2
    replicate: int
    arms: tuple[str, ...]
    aliases: dict[str, str]
    base_url: str
    server_core: int
    traffic: Path
    log: Path
    connections: int
    warm_up_seconds: float
    blocks_per_arm: int
    seconds_per_block: float
    objective_ms: float
    objective_percentile: float
    probed: tuple[str, ...]
    seconds_per_probe: float
    order_seed: int
    payload_seed: int
    arrival_seeds: tuple[int, ...]
