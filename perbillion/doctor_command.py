"""``perbillion doctor``: what resolution to expect here, and what disturbs it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer
from rich.console import Console

from console.extras import missing_extra, missing_modules
from console.progress import ConsoleProgress
from contract.errors import InvalidRunError
from loadtest.machine.host_facts import observe_host
from loadtest.probe.resolution import Resolution
from perbillion.diagnosis import Diagnosis
from perbillion.finding import Finding
from perbillion.host_findings import host_findings
from perbillion.installed_findings import installed_findings, installed_tools
from perbillion.sheet import Sheet, show_lines, show_warnings

_WATCH_SECONDS = 3.0
_PROBE_EXTRAS = ("serve", "loadtest")
_LEFT_OUT = "left out by --no-load"
_BUSY = "end what keeps the cores busy, or ask again when they are free"


def doctor_command(
    *,
    no_load: Annotated[
        bool, typer.Option("--no-load", help="Look at the machine only; measure nothing.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")] = False,
) -> None:
    """Tell what resolution to expect here, and what disturbs it.

    Looks at the machine for a few seconds. Then a short probe, about a minute where nothing
    disturbs it, measures made-up models of the lecture's shape, in process and served, and says
    which half-widths the profiles can be expected to reach.
    """
    console = Console(quiet=json)
    missing, tools = missing_modules(), installed_tools()
    with ConsoleProgress() as progress:
        progress.begin("Looking at the machine", total=1)
        host = observe_host(_WATCH_SECONDS)
    facts = (*host_findings(host), *installed_findings(missing, tools))
    Sheet.of("", facts).show(console)
    show_warnings(console, facts)
    resolution, why_not = (None, _LEFT_OUT) if no_load else _probed(missing)
    found = facts if resolution is None else (*facts, *_tell(resolution, console))
    if why_not is not None:
        show_lines(console, (f"What can be resolved here was not measured: {why_not}",))
    if json:
        diagnosis = Diagnosis(
            host=host,
            missing_modules=missing,
            tools=tools,
            resolution=resolution,
            not_probed=why_not,
            warnings=tuple(finding.warning for finding in found if finding.warning is not None),
        )
        typer.echo(diagnosis.model_dump_json(indent=2))


def _probed(missing: Mapping[str, tuple[str, ...]]) -> tuple[Resolution | None, str | None]:
    """Run the probe; where it cannot be run or came to nothing, say why and what to do."""
    lacking = [module for extra in _PROBE_EXTRAS for module in missing[extra]]
    if lacking:
        return None, _needs(", ".join(lacking))
    try:
        from loadtest.probe.resolution_probe import probe_resolution  # noqa: PLC0415 - needs extras
    except ModuleNotFoundError as error:
        if missing_extra(error) is None:
            raise
        return None, _needs(str(error.name))
    with ConsoleProgress() as progress:
        try:
            return probe_resolution(progress), None
        except InvalidRunError as error:
            # That nothing can be resolved here is an answer too.
            return None, f"{error.what} ({_BUSY})"


def _needs(modules: str) -> str:
    return f"it needs {modules}, not installed (pip install '.[compare]')"


def _tell(resolution: Resolution, console: Console) -> tuple[Finding, ...]:
    """Print what the probe found; return its findings."""
    from perbillion.resolution_findings import (  # noqa: PLC0415 - needs what the probe needs
        effort_lines,
        expectation_sheet,
        resolution_findings,
    )

    findings = resolution_findings(resolution)
    Sheet.of("\nMeasured just now", findings).show(console)
    show_warnings(console, findings)
    expectation_sheet(resolution).show(console)
    show_lines(console, effort_lines(resolution))
    return findings
