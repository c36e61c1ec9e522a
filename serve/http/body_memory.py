"""Memory for bodies that do not arrive in one piece: used again, and aligned for tensors.

Fresh memory of some hundred kilobytes comes from the system page by page; taking and giving it
back cost as much as copying into it. And a tensor behind a JSON part of any length begins
anywhere, so that the whole of it had to be copied to where kernels may read it. Here the place
of the body is chosen such that what follows the JSON part is aligned.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

ALIGNMENT_BYTES = 64
"""A cache line: what vector instructions like best."""

_SMALLEST_BYTES = 64 * 1024
_LARGEST_KEPT_BYTES = 2 * 1024 * 1024
_MOST_KEPT_BYTES = 8 * 1024 * 1024


@dataclass(frozen=True, slots=True, eq=False)
class BodyBuffer:
    """A piece of memory for one body.

    Attributes
    ----------
    memory : ndarray of uint8
        All of it.
    body : memoryview
        The part for the body.
    """

    memory: npt.NDArray[np.uint8]
    body: memoryview


class BodyMemory:
    """Lends memory to bodies, and keeps some of what it gets back."""

    def __init__(self) -> None:
        self._kept: dict[int, list[npt.NDArray[np.uint8]]] = {}
        self._kept_bytes = 0

    @property
    def kept_bytes(self) -> int:
        """How much is kept and not lent."""
        return self._kept_bytes

    def lend(self, body_bytes: int, head_bytes: int) -> BodyBuffer:
        """Return memory for a body whose tensors begin after `head_bytes` bytes.

        The system gives fresh memory page by page, as it is filled: a length that was announced
        and is never sent takes none.
        """
        size = _size_class(body_bytes + ALIGNMENT_BYTES)
        kept = self._kept.get(size)
        if kept:
            memory = kept.pop()
            self._kept_bytes -= size
        else:
            memory = np.empty(size, np.uint8)
        begin = -(memory.ctypes.data + head_bytes) % ALIGNMENT_BYTES
        return BodyBuffer(memory, memory.data[begin : begin + body_bytes])

    def take_back(self, buffer: BodyBuffer) -> None:
        """Take memory back that nothing reads any more."""
        size = buffer.memory.size
        if size <= _LARGEST_KEPT_BYTES and self._kept_bytes + size <= _MOST_KEPT_BYTES:
            self._kept.setdefault(size, []).append(buffer.memory)
            self._kept_bytes += size


def _size_class(size: int) -> int:
    """Return the next power of two, so that bodies of like sizes share their memory.

    What is too large to be kept is given as it is asked for.
    """
    if size > _LARGEST_KEPT_BYTES:
        return size
    return max(_SMALLEST_BYTES, 1 << (size - 1).bit_length())
