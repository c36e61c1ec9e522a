"""What a campaign came to, as a document and as a page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from typing import Literal

from pydantic import BaseModel, ConfigDict

from contract.document import Document
from contract.environment import Environment

_MIB = 1024 * 1024


class Footprint(BaseModel):
    """What the server holds at one time.

    Attributes
    ----------
    resident_bytes : int
        Its resident memory.
    open_files : int
        Its descriptors, connections included.
    threads : int
        Its threads.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    resident_bytes: int
    open_files: int
    threads: int


class FuzzResult(Document):
    """The result of a campaign.

    Schema history: 1 = first.

    Attributes
    ----------
    measured : str
        UTC, ISO 8601.
    environment : Environment
        The machine and the versions.
    number : int
        The seed: with it and these versions the requests are the same again.
    requests : int
        How many were sent.
    seconds : float
        How long it took.
    kinds : dict of str to int
        Requests by kind.
    statuses : dict of int to int
        Answers by status.
    started, warm, ended : Footprint
        The server before the first request, after the first tenth of them, and at the end.
    most_growth_bytes : int
        How much its memory may grow from warm to the end.
    findings : tuple of str
        What the server did that it must not.
    """

    schema_version: Literal[1] = 1
    measured: str
    environment: Environment
    number: int
    requests: int
    seconds: float
    kinds: dict[str, int]
    statuses: dict[int, int]
    started: Footprint
    warm: Footprint
    ended: Footprint
    most_growth_bytes: int
    findings: tuple[str, ...]


def now() -> str:
    """Return the time as the result has it."""
    return datetime.now(UTC).isoformat(timespec="seconds")


def fuzz_page(result: FuzzResult) -> str:
    """Write the page."""
    machine = result.environment
    grown = (result.ended.resident_bytes - result.warm.resident_bytes) / _MIB
    statuses = {str(status): count for status, count in result.statuses.items()}
    return f"""# Generated requests

`make fuzz` sends requests that nobody would write by hand to the real server, over real sockets:
right ones in every form of the protocol, whose answers must be ONNX Runtime's own to the bit;
the same with one to three things wrong; variations of both, byte by byte; what is hardly HTTP;
and what schemathesis makes of the server's OpenAPI document.

{result.requests:,} requests in {result.seconds:,.0f} s: **{_found(result)}**.

A finding would be a status from 500 other than 503 and 504, an error that is not
`{{"error": "..."}}`, a wrong or broken answer to a right request, no answer, a line in the
server's log, a server that ended, or memory that grows.

{_table("requests", "sent", result.kinds)}
{_table("status", "answers", statuses)}
| the server | before the first request | after a tenth of them | at the end |
|:--|--:|--:|--:|
| resident memory, MiB | {_row(result, _mib)} |
| open descriptors | {_row(result, lambda one: one.open_files)} |
| threads | {_row(result, lambda one: one.threads)} |

From a tenth of the requests to the end its memory went {grown:+.1f} MiB; at most
{result.most_growth_bytes // _MIB} MiB are allowed.

Run {result.measured[:10]} with number {result.number} on {machine.cpu}, {machine.cores} cores,
Linux {machine.kernel}, Python {machine.python}.
"""


def _found(result: FuzzResult) -> str:
    count = len(result.findings)
    return "no finding" if not count else f"{count} finding{'s' if count > 1 else ''}"


def _mib(footprint: Footprint) -> int:
    return round(footprint.resident_bytes / _MIB)


def _row(result: FuzzResult, of: Callable[[Footprint], int]) -> str:
    return " | ".join(str(of(one)) for one in (result.started, result.warm, result.ended))


def _table(of: str, counted: str, rows: Mapping[str, int]) -> str:
    lines = [f"| {of} | {counted} |", "|:--|--:|"]
    lines += [f"| {name} | {count:,} |" for name, count in sorted(rows.items())]
    return "\n".join(lines) + "\n"
