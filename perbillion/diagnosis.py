"""What `perbillion doctor` found, for machines."""

from __future__ import annotations

from typing import Literal

from contract.document import Document
from loadtest.machine.host_facts import HostFacts
from loadtest.probe.resolution import Resolution


class Diagnosis(Document):
    """The machine, what is installed, and what can be resolved here.

    Schema history: 1 = first.

    Attributes
    ----------
    host : HostFacts
        The machine.
    missing_modules : dict of str to tuple of str
        Extra to those of its modules that are not installed.
    tools : dict of str to bool
        Optional program to whether it is installed.
    resolution : Resolution or None
        By the probe; None where it was not run.
    not_probed : str or None
        Why it was not run.
    warnings : tuple of str
        What disturbs, each with what to do.
    """

    schema_version: Literal[1] = 1
    host: HostFacts
    missing_modules: dict[str, tuple[str, ...]]
    tools: dict[str, bool]
    resolution: Resolution | None = None
    not_probed: str | None = None
    warnings: tuple[str, ...] = ()
