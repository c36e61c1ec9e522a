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
    "pysimdjson",
    "scikit-learn",
    "torch",
    "uvicorn",
    "uvloop",
)
_GOVERNOR = Path("/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor")
_CGROUPS = Path("/sys/fs/cgroup")
_OWN_CGROUP = Path("/proc/self/cgroup")
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
        quota_cores=quota_cores(_CGROUPS, _OWN_CGROUP),
        governor=_line(_GOVERNOR),
        memory_bytes=os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"),
        kernel=platform.release(),
        python=platform.python_version(),
        perbillion=_version("perbillion") or "not installed",
        packages={name: version for name in PACKAGES if (version := _version(name))},
        seeds=seeds,
    )


def usable_cores() -> int:
    """Return how many threads can really run at once: cores of this process, within the quota.

    A container sees the host's cores and gets the share that its quota says. More threads than
    that wait for one another and are stopped together once the quota of a period is used up.
    """
    cores = len(os.sched_getaffinity(0))
    quota = quota_cores(_CGROUPS, _OWN_CGROUP)
    return cores if quota is None else max(1, min(cores, int(quota)))


def quota_cores(cgroups: Path, own: Path) -> float | None:
    """Return the cores that control groups grant, the least on the way up; None without a limit.

    Parameters
    ----------
    cgroups : Path
        Where control groups are mounted, of version 2 or 1.
    own : Path
        ``/proc/self/cgroup``: which groups this process belongs to. Inside a container the path
        may be the host's and not be there; its own limit then stands at the root.
    """
    limits = []
    for line in (_line(own) or "").splitlines():
        _, controllers, group = line.split(":", 2)
        if controllers == "":
            limits += [_quota_v2(folder) for folder in _way_up(cgroups, group)]
        elif "cpu" in controllers.split(","):
            limits += [_quota_v1(folder) for folder in _way_up(cgroups / "cpu", group)]
    found = [limit for limit in limits if limit is not None]
    return min(found, default=None)


def _way_up(root: Path, group: str) -> list[Path]:
    """Return the folder of a control group and of each that it is in, the root last."""
    folder = root / group.strip("/")
    return [folder, *(above for above in folder.parents if above.is_relative_to(root))]


def _quota_v2(folder: Path) -> float | None:
    words = (_line(folder / "cpu.max") or "max").split()
    if words[0] == "max":
        return None
    period_us = float(words[1]) if len(words) > 1 else 100_000.0
    return float(words[0]) / period_us


def _quota_v1(folder: Path) -> float | None:
    quota_us = float(_line(folder / "cpu.cfs_quota_us") or -1)
    period_us = float(_line(folder / "cpu.cfs_period_us") or 100_000)
    return quota_us / period_us if quota_us > 0 else None


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
