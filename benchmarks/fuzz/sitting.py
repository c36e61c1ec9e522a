"""One sitting: a server is started, a campaign is run against it, and what it came to is noted."""

from __future__ import annotations

import tempfile
import time
from collections.abc import Callable, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path

from benchmarks.fuzz.campaign import Campaign, Part
from benchmarks.fuzz.models import open_models, write_repository
from benchmarks.fuzz.openapi_cases import OpenApiSession
from benchmarks.fuzz.result import Footprint, FuzzResult, now
from benchmarks.fuzz.served import FuzzedServer
from benchmarks.fuzz.wire import Wire
from contract.environment import observe

Say = Callable[[str], None]

# From the first tenth of the requests to the last: what the heap may keep of the largest.
_MOST_GROWTH_BYTES = 24 * 1024 * 1024
_WARM_UP_SHARE = 10
# Numbers of the warm-up's runs of Hypothesis, far from those of the campaign's.
_WARM_UP_NUMBER = 1_000_000


def run_sitting(requests: int, number: int, say: Say) -> FuzzResult:
    """Send generated requests to a server of its own.

    Parameters
    ----------
    requests : int
        About how many.
    number : int
        With the same one the requests are the same.
    say : callable
        Is told how it goes.
    """
    begun = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="perbillion-fuzz-") as scratch:
        repository = Path(scratch) / "repository"
        write_repository(repository)
        models = open_models(repository)
        with (
            FuzzedServer(repository, Path(scratch) / "server.log") as server,
            Wire(server.port) as wire,
            closing(OpenApiSession(server.port, models)) as openapi,
        ):
            campaign = Campaign(server, models, wire)
            started = _footprint(server)
            parts = campaign.parts(requests, openapi)
            for part in parts:
                share = replace(part, requests=-(-part.requests // _WARM_UP_SHARE))
                campaign.run(share, number + _WARM_UP_NUMBER)
            warm = _footprint(server)
            _run(campaign, parts, number, say)
            ended = _footprint(server)
            campaign.listen("the last request")
            _judge(campaign, server, warm, ended)
    return FuzzResult(
        measured=now(),
        environment=observe({"fuzz": number}),
        number=number,
        requests=campaign.sent,
        seconds=round(time.monotonic() - begun, 1),
        kinds=dict(campaign.kinds),
        statuses=dict(campaign.statuses),
        started=started,
        warm=warm,
        ended=ended,
        most_growth_bytes=_MOST_GROWTH_BYTES,
        findings=tuple(campaign.findings),
    )


def _run(campaign: Campaign, parts: Sequence[Part], number: int, say: Say) -> None:
    for part in parts:
        begun, before = time.monotonic(), campaign.sent
        rest = part.requests - -(-part.requests // _WARM_UP_SHARE)
        campaign.run(replace(part, requests=rest), number)
        say(
            f"{part.name}: {campaign.sent - before:,} requests "
            f"in {time.monotonic() - begun:.1f} s, {len(campaign.findings)} findings so far"
        )


def _footprint(server: FuzzedServer) -> Footprint:
    return Footprint(
        resident_bytes=server.resident_bytes(),
        open_files=server.open_files(),
        threads=server.threads(),
    )


def _judge(campaign: Campaign, server: FuzzedServer, warm: Footprint, ended: Footprint) -> None:
    if server.returncode is not None:
        campaign.findings.append(f"the server ended with status {server.returncode}")
        return
    grown = ended.resident_bytes - warm.resident_bytes
    if grown > _MOST_GROWTH_BYTES:
        campaign.findings.append(f"resident memory grew by {grown} bytes after the warm-up")
    if ended.open_files > warm.open_files + 2:
        campaign.findings.append(
            f"descriptors were left open: {warm.open_files}, then {ended.open_files}"
        )
