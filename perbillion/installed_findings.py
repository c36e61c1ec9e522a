"""What is installed, and what is missing without it."""

from __future__ import annotations

import shutil
from collections.abc import Mapping

from perbillion.finding import Finding

_PARTS = {
    "train": "`perbillion train`",
    "export": "`perbillion export`",
    "serve": "`perbillion serve`, and the server under load",
    "loadtest": "`perbillion load`",
    "report": "`perbillion report`",
}
_TOOLS = {
    "valgrind": "instructions per inference",
    "wrk": "`make peers`",
    "chromium": "tests in a real browser",
}


def installed_tools() -> dict[str, bool]:
    """Say which optional programs are installed."""
    return {tool: shutil.which(tool) is not None for tool in _TOOLS}


def installed_findings(
    missing_modules: Mapping[str, tuple[str, ...]], tools: Mapping[str, bool]
) -> tuple[Finding, ...]:
    """Say what the extras and tools are for, and how to get those that are missing.

    Parameters
    ----------
    missing_modules : mapping of str to tuple of str
        Extra to those of its modules that are not installed.
    tools : mapping of str to bool
        Optional program to whether it is installed.
    """
    extras = (_extra(extra, missing_modules.get(extra, ())) for extra in _PARTS)
    return (*extras, *(_tool(tool, installed=there) for tool, there in tools.items()))


def _extra(extra: str, missing: tuple[str, ...]) -> Finding:
    return Finding(
        f"extra {extra}",
        "missing" if missing else "installed",
        f"for {_PARTS[extra]}",
        f"not installed: {', '.join(missing)}" if missing else "",
        f"pip install '.[{extra}]'",
    )


def _tool(tool: str, *, installed: bool) -> Finding:
    # Nothing that is measured needs one: a missing tool is no disturbance.
    how = "" if installed else f" (apt-get install {tool})"
    value = "installed" if installed else "not installed"
    return Finding(tool, value, f"optional, for {_TOOLS[tool]}{how}")
