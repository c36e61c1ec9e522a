"""What an infer request says without its binary data."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from serve.codec.recent import Recent
from serve.codec.tensor_binary import BinaryTensor

Array = npt.NDArray[np.generic]
Shapes = tuple[tuple[int, ...], ...]


@dataclass(frozen=True, slots=True)
class WantedOutput:
    """An output that a request wants, as binary data or as JSON."""

    name: str
    binary: bool


@dataclass(frozen=True, slots=True)
class InferHead:
    """A request without its binary data, checked against the model.

    Attributes
    ----------
    request_id : str or None
        To be echoed.
    arrays : dict of str to ndarray
        The inputs whose elements are in the JSON.
    binary : dict of str to BinaryTensor
        The inputs whose elements follow the JSON, in their order there.
    binary_size : int
        The bytes of all these together.
    outputs : tuple of WantedOutput
        What to answer with, in this order.
    timeout_us : int or None
        How long the client would have it wait, in microseconds, if it said so.
    answer_heads : Recent or None
        The JSON parts of answers to such requests by the shapes of their tensors, where this
        head is one that is kept and shapes are all that their JSON parts depend on.
    """

    request_id: str | None
    arrays: dict[str, Array]
    binary: dict[str, BinaryTensor]
    binary_size: int
    outputs: tuple[WantedOutput, ...]
    timeout_us: int | None
    answer_heads: Recent[Shapes, bytes] | None = None
