"""Where a request's time goes, and whether two clocks agree on what it costs."""

from __future__ import annotations

import math

from report.result import Difference, Result, ServerParts
from report.rounding import percent, significant, with_interval
from report.tables.table import Table
from report.wording import INSTRUMENT_NAMES, MINUS


def parts_table(result: Result) -> Table | None:
    """Tell where a request's time goes."""
    if not result.server_parts:
        return None
    note = (
        "Means per request, which add up, as their differences do: decode, infer, encode and the "
        "rest are the client's latency. The rest is what the server does not tell: HTTP, the event "
        "loop, sockets and the load generator."
    )
    head = ("Arm", "Decode", "Infer", "Encode", "The rest", "Client latency")
    rows = [_row(parts.arm, parts) for parts in result.server_parts]
    if result.parts_difference is not None:
        compared = f"{result.experiment.contrast} {MINUS} {result.experiment.arms[0]}"
        rows.append(_row(compared, result.parts_difference))
    return Table("Where a request's time goes", note, head, tuple(rows))


def cross_check_table(result: Result) -> Table | None:
    """Set the server's own CPU clock beside the one that is read from outside."""
    blocks, primary = result.instrument("cpu_blocks"), result.instrument("cpu_per_request")
    if blocks is None or primary is None:
        return None
    contrast, reference = result.experiment.contrast, result.experiment.arms[0]
    found = (primary.difference(contrast), blocks.difference(contrast))
    note = (
        "The server's clock is read by the server itself, for each request. From outside, the "
        "clock of its process can be read only between blocks of requests to one arm. "
        f"{_agreement(*found)}"
    )
    head = ("Instrument", f"{reference} itself", f"{contrast} {MINUS} {reference}", "Share")
    rows = tuple(
        (
            INSTRUMENT_NAMES[measured.instrument],
            with_interval(difference.reference_level),
            with_interval(difference.absolute),
            percent(difference.relative),
        )
        for measured, difference in zip((primary, blocks), found, strict=True)
    )
    return Table("CPU per request, by two clocks", note, head, rows)


def _row(name: str, parts: ServerParts) -> tuple[str, ...]:
    means = (parts.decode, parts.infer, parts.encode, parts.rest, parts.client)
    return (name, *map(with_interval, means))


def _agreement(primary: Difference, blocks: Difference) -> str:
    near, far = primary.absolute.half_width, blocks.absolute.half_width
    if near is None or far is None:
        return "There are too few units to say whether the two agree."
    apart_us = abs(primary.absolute.point - blocks.absolute.point)
    # The requests of the two are not the same ones, so their errors are independent.
    allowed_us = math.hypot(near, far)
    told = (
        f"the two differences are {significant(apart_us, 2)} µs apart, and their intervals "
        f"together allow {significant(allowed_us, 2)} µs"
    )
    if apart_us <= allowed_us:
        return f"They agree: {told}."
    return (
        f"They DO NOT AGREE: {told}. One of twenty sound runs looks like this; a second one hints "
        "at work that the server's thread does not see."
    )
