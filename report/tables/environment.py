"""The machine and the versions."""

from __future__ import annotations

from report.result import Result
from report.rounding import number
from report.tables.table import Table


def environment_table(result: Result) -> Table:
    """Tell the machine and the versions."""
    machine = result.environment
    quota = "none" if machine.quota_cores is None else f"{machine.quota_cores:g} cores"
    versions = ", ".join(f"{name} {version}" for name, version in machine.packages.items())
    rows = (
        ("Processor", f"{machine.cpu}, {machine.cores} cores"),
        ("CPU quota", quota),
        ("Frequency governor", machine.governor or "not told by this machine"),
        ("Memory", f"{number(machine.memory_bytes / 2**30, 1)} GiB"),
        ("Kernel", machine.kernel),
        ("Python", machine.python),
        ("perbillion", machine.perbillion),
        ("Packages", versions),
        ("Seeds", ", ".join(f"{name} {seed}" for name, seed in machine.seeds.items())),
    )
    return Table("Environment", "", ("Fact", "Value"), rows)
