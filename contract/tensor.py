"""Tensors as the Open Inference Protocol, NumPy and ONNX Runtime name them."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict


@dataclass(frozen=True, slots=True)
class Datatype:
    """One element type under its three names.

    Attributes
    ----------
    protocol : str
        The Open Inference Protocol's name, such as ``FP32``.
    numpy : np.dtype
        The element type in memory, little-endian; ``object`` for BYTES.
    onnxruntime : str
        What ``NodeArg.type`` says, such as ``tensor(float)``.
    """

    protocol: str
    numpy: np.dtype[np.generic]
    onnxruntime: str


_NAMES = (
    ("BOOL", "?", "bool"),
    ("UINT8", "u1", "uint8"),
    ("UINT16", "<u2", "uint16"),
    ("UINT32", "<u4", "uint32"),
    ("UINT64", "<u8", "uint64"),
    ("INT8", "i1", "int8"),
    ("INT16", "<i2", "int16"),
    ("INT32", "<i4", "int32"),
    ("INT64", "<i8", "int64"),
    ("FP16", "<f2", "float16"),
    ("FP32", "<f4", "float"),
    ("FP64", "<f8", "double"),
    ("BYTES", "O", "string"),
)
DATATYPES = tuple(
    Datatype(protocol, np.dtype(numpy), f"tensor({onnxruntime})")
    for protocol, numpy, onnxruntime in _NAMES
)
BY_PROTOCOL_NAME = {datatype.protocol: datatype for datatype in DATATYPES}
BY_NUMPY_DTYPE = {datatype.numpy: datatype for datatype in DATATYPES}
BY_ONNXRUNTIME_NAME = {datatype.onnxruntime: datatype for datatype in DATATYPES}


class TensorSpec(BaseModel):
    """Name, datatype and shape of a model's input or output.

    Attributes
    ----------
    name : str
        The tensor's name in the graph.
    datatype : str
        The protocol's name of the element type.
    shape : tuple of int
        Dimensions; -1 where any size is accepted.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str
    datatype: str
    shape: tuple[int, ...]

    def accepts(self, array: npt.NDArray[np.generic]) -> bool:
        """Say whether an array has this datatype and a shape that fits."""
        return (
            array.dtype == BY_PROTOCOL_NAME[self.datatype].numpy
            and array.ndim == len(self.shape)
            and all(want in (-1, have) for want, have in zip(self.shape, array.shape, strict=True))
        )
