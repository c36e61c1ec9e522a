"""What a measuring process of the surveys is told, and what it finds."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

import numpy as np

from contract.agreement import Agreement
from contract.document import Document
from contract.traffic import Array
from perbillion.runtimes.row import Row

_REQUESTS = 64
# Requests of all arms lie in memory together; larger ones are fewer.
_REQUESTS_BYTES = 2**25
_FEWEST_REQUESTS = 2


class PairedOrder(Document):
    """One process: which runtime loads which models, and how much it measures.

    Schema history: 1 = first.

    Attributes
    ----------
    row : Row
        The runtime and its settings.
    load_order : tuple of str
        The arms in the order in which they are loaded.
    arms : tuple of str
        The arms, the reference first.
    models : dict of str to Path
        Arm to ONNX file.
    request_shape : tuple of int
        Of what every arm is asked.
    seconds : float
        How long the rounds shall take together, about.
    fewest_rounds, most_rounds : int
        Whatever that comes to.
    found : Path
        Where what is found goes.
    """

    schema_version: Literal[1] = 1
    row: Row
    load_order: tuple[str, ...]
    arms: tuple[str, ...]
    models: dict[str, Path]
    request_shape: tuple[int, ...]
    seconds: float
    fewest_rounds: int
    most_rounds: int
    order_seed: int
    payload_seed: int
    found: Path

    def requests(self) -> list[Array]:
        """Make up requests of standard normal numbers, float32, contiguous."""
        size = 4 * int(np.prod(self.request_shape))
        count = max(_FEWEST_REQUESTS, min(_REQUESTS, _REQUESTS_BYTES // size))
        generator = np.random.default_rng(self.payload_seed)
        drawn = generator.standard_normal((count, *self.request_shape), dtype=np.float32)
        return list(drawn)


class StartFound(Document):
    """What the rounds of one process say, an entry an arm.

    Schema history: 1 = first.

    Attributes
    ----------
    rounds : int
        How many there were.
    median_ns, mean_ns : tuple of float
        Each arm's time.
    paired_ns : tuple of float
        The median over rounds of the arm minus the reference of the same round.
    """

    schema_version: Literal[1] = 1
    rounds: int
    median_ns: tuple[float, ...]
    mean_ns: tuple[float, ...]
    paired_ns: tuple[float, ...]


class Examined(Document):
    """What a runtime makes of the arms, found without timing anything.

    Schema history: 1 = first.

    Attributes
    ----------
    version : str
        The runtime's name and version.
    operations : dict of str to tuple of str
        Arm to what one prediction executes, in the runtime's words.
    scalings : dict of str to int
        Arm to how many of them are multiplications that stand by themselves.
    agreement : Agreement
        How closely the arms that are nearest to disagreement follow the reference.
    """

    schema_version: Literal[1] = 1
    version: str
    operations: dict[str, tuple[str, ...]]
    scalings: dict[str, int]
    agreement: Agreement
