"""What was counted at each kill, and the page made of it."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from benchmarks.pages import markdown
from benchmarks.pages.summary import Spread
from contract.document import Document
from contract.environment import Environment

BACK_WITHIN_SECONDS = 2.0


class Part(BaseModel):
    """A part of the document."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Kill(Part):
    """One worker, killed with SIGKILL under load.

    Attributes
    ----------
    in_flight : int
        Requests that its clients waited for when it was killed.
    lost : int
        Those of them that were never answered.
    lost_later : int
        Requests that were sent on its connections afterwards, before the client knew.
    lost_elsewhere : int
        Requests on other connections that were never answered.
    refused : int
        Requests that were answered with another status than 200 until the successor was there.
    answered_meanwhile : int
        Requests that were answered until then.
    back_seconds : float
        From the kill to the server's word that a warm successor is there.
    longest_wait_seconds : float
        The longest that a request waited for its answer, or for its connection to be taken.
    """

    in_flight: int
    lost: int
    lost_later: int
    lost_elsewhere: int
    refused: int
    answered_meanwhile: int
    back_seconds: float
    longest_wait_seconds: float


class Memory(Part):
    """Memory of one process in bytes: resident, and its share where pages are shared."""

    resident_bytes: int
    proportional_bytes: int


class WorkersResult(Document):
    """All kills.

    Schema history: 1 = first.

    Attributes
    ----------
    measured : str
        UTC, ISO 8601.
    arms : int
        Models that were served.
    load_before : float
        The machine's load average of one minute before the server was started; beyond some
        tenths others were at work, too.
    requests_per_second : float
        Under this load, while nobody was killed.
    supervisor, spare, worker : Memory
        Of the supervisor, of the process that is to replace the next worker that dies, and of
        the worker with the most, before the first kill.
    """

    schema_version: Literal[1] = 1
    measured: str
    environment: Environment
    workers: int
    connections: int
    arms: int
    load_before: float
    requests_per_second: float
    supervisor: Memory
    spare: Memory
    worker: Memory
    kills: tuple[Kill, ...]


def workers_page(result: WorkersResult) -> str:
    """Make the page of a result."""
    kills, machine = result.kills, result.environment
    back = Spread.of([kill.back_seconds for kill in kills])
    waits = Spread.of([kill.longest_wait_seconds for kill in kills])
    elsewhere = sum(kill.lost_elsewhere for kill in kills)
    return (
        "# A worker is killed\n\n"
        f"One of {result.workers} workers is killed with SIGKILL, {len(kills)} times, under a "
        f"closed loop of {result.connections} connections "
        f"({markdown.count(result.requests_per_second)} requests/s; the load generator shares the "
        f"{machine.cores} cores with the server; {result.arms} arms of 784-75-45-10, binary, one "
        "row a request). Its clients connect anew at once.\n\n"
        + markdown.table(
            ("", "median", "smallest", "largest"),
            [
                _row("requests in flight on it", [kill.in_flight for kill in kills]),
                _row("of these lost", [kill.lost for kill in kills]),
                _row("sent to it before the news had arrived", [kill.lost_later for kill in kills]),
                _row("other requests lost", [kill.lost_elsewhere for kill in kills]),
                _row("answered otherwise than 200", [kill.refused for kill in kills]),
                _row("answered until it was replaced", [kill.answered_meanwhile for kill in kills]),
                ["replaced after, s", *_seconds(back)],
                ["longest wait of a request, s", *_seconds(waits)],
            ],
        )
        + "\n"
        + markdown.table(
            ("target", "measured", "met"),
            [
                ["no other request is lost", str(elsewhere), "no" if elsewhere else "yes"],
                [
                    f"replaced within {BACK_WITHIN_SECONDS:.0f} s",
                    f"{back.high:.2f} s at most",
                    "yes" if back.high <= BACK_WITHIN_SECONDS else "no",
                ],
            ],
        )
        + "\n"
        "Memory, resident, and with shared pages divided by those who share them: a worker "
        f"{_megabytes(result.worker)}, the process that waits to replace one "
        f"{_megabytes(result.spare)}, the supervisor {_megabytes(result.supervisor)}.\n\n"
        f"Measured {result.measured[:10]} on {machine.cpu}, {machine.cores} cores, Linux "
        f"{machine.kernel}, Python {machine.python}, perbillion {machine.perbillion}; the "
        f"machine's load average before was {result.load_before:.1f}.\n"
    )


def _row(what: str, counts: list[int]) -> list[str]:
    spread = Spread.of(counts)
    return [what, f"{spread.median:,g}", f"{spread.low:,g}", f"{spread.high:,g}"]


def _seconds(spread: Spread) -> list[str]:
    return [f"{value:.2f}" for value in (spread.median, spread.low, spread.high)]


def _megabytes(memory: Memory) -> str:
    resident = markdown.megabytes(memory.resident_bytes)
    return f"{resident} MB ({markdown.megabytes(memory.proportional_bytes)} MB)"
