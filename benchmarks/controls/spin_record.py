"""How long a server really spun: the truth that the instruments have to find again."""

from __future__ import annotations

from typing import Literal

from contract.document import Document

SPIN_KEY = "spin_ns"
"""The key of a model's ONNX metadata that says for how long to spin, in nanoseconds."""

RECORD_VARIABLE = "PERBILLION_SPIN_RECORD"
"""The environment variable that names the file."""


class SpinRecord(Document):
    """Every spin of one life of a server, in the order of time.

    Schema history: 1 = first.

    Attributes
    ----------
    cpu_ns, wall_ns : dict of str to tuple of int
        By the name that a model was served under: nanoseconds on the thread's CPU clock and on
        the monotonic clock, one pair an inference, those of the warm-up included.
    """

    schema_version: Literal[1] = 1
    cpu_ns: dict[str, tuple[int, ...]]
    wall_ns: dict[str, tuple[int, ...]]
