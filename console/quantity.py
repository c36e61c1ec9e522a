"""Amounts as people write them on a command line: ``10m``, ``0.2%``."""

from __future__ import annotations

import re

import typer

_SECONDS = {"s": 1.0, "m": 60.0, "h": 3600.0}
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smh])")
_SHARE = re.compile(r"(\d+(?:\.\d+)?)\s*%")


def duration_seconds(text: str) -> float:
    """Read ``90s``, ``10m`` or ``1h`` as seconds.

    Raises
    ------
    typer.BadParameter
        If it is none of these, or zero.
    """
    found = _DURATION.fullmatch(text.strip())
    seconds = float(found[1]) * _SECONDS[found[2]] if found else 0.0
    if seconds <= 0:
        raise typer.BadParameter(f"{text!r} is no duration: write it like 90s, 10m or 1h")
    return seconds


def share(text: str) -> float:
    """Read ``0.2%`` as 0.002.

    Raises
    ------
    typer.BadParameter
        If it is no percentage, or not between 0 and 100.
    """
    found = _SHARE.fullmatch(text.strip())
    value = float(found[1]) / 100 if found else 0.0
    if not 0 < value < 1:
        raise typer.BadParameter(f"{text!r} is no share: write it like 0.2%")
    return value
