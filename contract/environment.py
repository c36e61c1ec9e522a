"""The machine and the versions a run was made with."""

from __future__ import annotations

import os
import platform
from importlib import metadata
from pathlib import Path
from typing import Literal

from contract.document import Document

PACKAGES = (
    "fastapi",
    "httptools",
    "locust",
    "numpy",
    "onnx",
    "onnxruntime",
    "onnxscript",
    "orjson",
    "pydantic",
    "scikit-learn",
    "torch",
    "uvicorn",
    "uvloop",
)
_GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
_QUOTA = Path("/sys/fs/cgroup/cpu.max")
_CPU_FACTS = Path("/proc/cpuinfo")


class Environment(Document):
    """Facts a reader needs before believing a figure from somebody else's machine.

    Schema history: 1 = first.

    Attributes
    ----------
    cpu : str
        The processor's name as the kernel gives it.
    cores : int
        Cores this process may run on.
    quota_cores : float or None
        The container's CPU quota, in cores; None without one.
    governor : str or None
        The frequency governor; None where the machine does not say (most virtual ones).
    seeds : dict of str to int
        The seeds the run was made with.
    """

    schema_version: Literal[1] = 1
    cpu: str
    cores: int
    quota_cores: float | None
    governor: str | None
    memory_bytes: int
    kernel: str
    python: str
    perbillion: str
    packages: dict[str, str]
    seeds: dict[str, int]


def observe(seeds: dict[str, int]) -> Environment:
    """Read the facts of this machine.

    Parameters
    ----------
    seeds : dict of str to int
        The seeds to record beside them.
    """
    return Environment(
        cpu=_cpu_name(),
        cores=len(os.sched_getaffinity(0)),
        quota_cores=quota_cores(_QUOTA),
        governor=_line(_GOVERNOR),
        memory_bytes=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        kernel=platform.release(),
        python=platform.python_version(),
        perbillion=_version("perbillion") or "not installed",
        packages={name: version for name in PACKAGES if (version := _version(name))},
        seeds=seeds,
    )


def quota_cores(cpu_max: Path) -> float | None:
    """Return the cores that a cgroup v2 ``cpu.max`` file grants, or None without a limit."""
    words = (_line(cpu_max) or "max").split()
    if words[0] == "max":
        return None
    period_us = float(words[1]) if len(words) > 1 else 100_000.0
    return float(words[0]) / period_us


def _cpu_name() -> str:
    for line in _CPU_FACTS.read_text().splitlines() if _CPU_FACTS.is_file() else ():
        if line.startswith("model name"):
            return line.partition(":")[2].strip()
    return platform.processor() or platform.machine()


def _line(path: Path) -> str | None:
    try:
        return path.read_text().strip() or None
    except OSError:
        return None


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None
