"""The IDX format of MNIST's files: a big-endian header, then bytes.

Two zero bytes, the element type (8 means unsigned byte), the number of dimensions, the size
of each dimension as a 32-bit number, the elements with the last dimension fastest.
"""

from __future__ import annotations

import gzip
import math
import struct
import zlib

import numpy as np
import numpy.typing as npt

from contract.errors import DataError

_GZIP_MAGIC = b"\x1f\x8b"
_UNSIGNED_BYTE = 8
_REMEDY = "get the file again"


def read_idx(content: bytes, dimensions: int, where: str) -> npt.NDArray[np.uint8]:
    """Read an IDX file of unsigned bytes, gzipped or plain.

    Parameters
    ----------
    content : bytes
        The whole file.
    dimensions : int
        How many dimensions it must have.
    where : str
        The file's name, for the error.

    Returns
    -------
    uint8 array
        A read-only view of the elements, in the shape that the header states.

    Raises
    ------
    DataError
        If it is anything else, or longer or shorter than its header says.
    """
    plain = _unpacked(content, where) if content.startswith(_GZIP_MAGIC) else content
    header_bytes = 4 + 4 * dimensions
    if len(plain) < header_bytes:
        raise DataError(f"{len(plain)} bytes are too few for a header", where=where, remedy=_REMEDY)
    magic = bytes((0, 0, _UNSIGNED_BYTE, dimensions))
    if plain[:4] != magic:
        raise DataError(
            f"no IDX file of {dimensions} dimensions: it begins with {plain[:4].hex()}, "
            f"not {magic.hex()}",
            where=where,
            remedy=_REMEDY,
        )
    shape: tuple[int, ...] = struct.unpack_from(f">{dimensions}I", plain, 4)
    # Python's integers do not overflow, so no size in the header can pass for another. A zero
    # is refused because any other size beside it would fit an empty file.
    if 0 in shape or math.prod(shape) != len(plain) - header_bytes:
        raise DataError(
            f"the header promises {' x '.join(map(str, shape))} bytes, "
            f"{len(plain) - header_bytes} follow",
            where=where,
            remedy=_REMEDY,
        )
    return np.frombuffer(plain, dtype=np.uint8, offset=header_bytes).reshape(shape)


def _unpacked(content: bytes, where: str) -> bytes:
    try:
        return gzip.decompress(content)
    except (OSError, EOFError, zlib.error) as error:
        raise DataError(f"a damaged gzip file: {error}", where=where, remedy=_REMEDY) from error
