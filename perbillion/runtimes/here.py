"""What there is to measure on here, and why a row cannot be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path
from typing import Self

from contract.environment import usable_cores
from perbillion.runtimes.row import NEED_GPU, Row

# The driver's own device file: there wherever a process may use a GPU, in containers too.
_GPU = Path("/dev/nvidiactl")
_INSTALL = "not installed: pip install"
# What a runtime needs, and how to get it.
_PACKAGES: Mapping[str, tuple[str, str]] = {
    "openvino": ("openvino", f"{_INSTALL} '.[openvino]'"),
    "torch": ("torch", f"{_INSTALL} '.[train]'"),
    "onnxruntime-cuda": (
        "onnxruntime-gpu",
        "ONNX Runtime's CUDA provider is not installed: pip install onnxruntime-gpu in place of "
        "onnxruntime",
    ),
}


@dataclass(frozen=True, slots=True)
class Here:
    """A machine and what is installed on it.

    Attributes
    ----------
    cores : int
        Threads that can run at once.
    has_gpu : bool
        Whether there is a GPU by NVIDIA.
    packages : frozenset of str
        Those of ``openvino``, ``torch`` and ``onnxruntime-gpu`` that are installed.
    """

    cores: int
    has_gpu: bool
    packages: frozenset[str]

    @classmethod
    def observe(cls) -> Self:
        """Look; imports nothing."""
        installed = {name for name in ("openvino", "torch") if find_spec(name) is not None}
        try:
            metadata.version("onnxruntime-gpu")
        except metadata.PackageNotFoundError:
            pass
        else:
            installed.add("onnxruntime-gpu")
        return cls(usable_cores(), _GPU.exists(), frozenset(installed))

    def why_not(self, row: Row) -> str:
        """Say why a row cannot be measured here; empty where nothing is known against it."""
        if row.threads > self.cores:
            return f"needs {row.threads} cores; there is {self.cores}"
        if row.runtime in NEED_GPU and not self.has_gpu:
            return "there is no NVIDIA GPU"
        needed = "torch" if row.runtime.startswith("torch") else row.runtime
        package, remedy = _PACKAGES.get(needed, ("", ""))
        return remedy if package and package not in self.packages else ""
