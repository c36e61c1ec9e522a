"""Tensors as the protocol's binary data: little-endian, row-major, without padding.

A BYTES element is its length in 4 bytes, little-endian, and then its bytes. ONNX Runtime's
strings are UTF-8, so elements that are not are refused.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from contract.errors import InvalidRequestError
from contract.tensor import Datatype

Array = npt.NDArray[np.generic]
Buffer = bytes | bytearray | memoryview

_LENGTH_BYTES = 4


@dataclass(frozen=True, slots=True)
class BinaryTensor:
    """A tensor among a body's bytes: what it is and how many bytes it takes.

    Attributes
    ----------
    datatype : Datatype
        The element type.
    shape : tuple of int
        A shape that `checked_shape` passed.
    size : int
        Its bytes.

    Raises
    ------
    InvalidRequestError
        If such a tensor does not take so many bytes.
    """

    datatype: Datatype
    shape: tuple[int, ...]
    size: int

    def __post_init__(self) -> None:
        if self.datatype.numpy.kind == "O":
            return  # the elements' own lengths decide
        expected = math.prod(self.shape) * self.datatype.numpy.itemsize
        if self.size != expected:
            raise InvalidRequestError(
                f"{self.datatype.protocol} of shape {list(self.shape)} takes {expected} bytes, "
                f"there are {self.size}"
            )

    def read(self, body: Buffer, start: int) -> Array:
        """Read it.

        Parameters
        ----------
        body : bytes-like
            It holds the tensor.
        start : int
            Where the tensor begins.

        Returns
        -------
        ndarray
            A view on the body where the tensor lies aligned there; else a copy.

        Raises
        ------
        InvalidRequestError
            If the bytes are not such a tensor.
        """
        dtype = self.datatype.numpy
        if dtype.kind == "O":
            content = memoryview(body)[start : start + self.size]
            return _strings(content, math.prod(self.shape)).reshape(self.shape)
        array: Array = np.ndarray(self.shape, dtype, body, start)
        if dtype.kind == "b":
            _require_booleans(array)
        # Behind a JSON part of any length a tensor begins anywhere, while kernels may assume
        # that its elements are aligned.
        return array if array.flags.aligned else array.copy()


def bytes_from_array(array: Array) -> bytes:
    """Write a tensor: an array of one of the protocol's element types; text for BYTES."""
    if array.dtype.kind != "O":
        return array.tobytes()
    encoded = [element.encode() for element in array.ravel().tolist()]
    return b"".join(
        part
        for element in encoded
        for part in (len(element).to_bytes(_LENGTH_BYTES, "little"), element)
    )


def _require_booleans(array: Array) -> None:
    """Refuse bytes other than 0 and 1: no boolean array may hold them."""
    if array.size and array.view(np.uint8).max() > 1:
        raise InvalidRequestError("a BOOL's byte must be 0 or 1")


def _strings(content: memoryview, count: int) -> npt.NDArray[np.object_]:
    elements: list[str] = []
    position = 0
    while position < len(content):
        start = position + _LENGTH_BYTES
        position = start + int.from_bytes(content[position:start], "little")
        if start > len(content) or position > len(content):
            raise InvalidRequestError(
                f"BYTES element {len(elements)} runs past the end of the tensor"
            )
        elements.append(text_from_bytes(content[start:position]))
    if len(elements) != count:
        raise InvalidRequestError(
            f"BYTES data has {len(elements)} elements, the shape asks for {count}"
        )
    return np.array(elements, dtype=object)


def text_from_bytes(content: memoryview) -> str:
    """Read one BYTES element.

    Raises
    ------
    InvalidRequestError
        If it is not UTF-8.
    """
    try:
        return str(content, "utf-8")
    except UnicodeDecodeError as error:
        raise InvalidRequestError(
            f"a BYTES element is not UTF-8, as ONNX Runtime's strings are: {error.reason}"
        ) from error
