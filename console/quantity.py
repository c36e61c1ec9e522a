"""Amounts as people write them on a command line: ``10m``, ``0.2%``, ``1,16``, ``name=128``."""

from __future__ import annotations

import re
from collections.abc import Sequence

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


def number_list(text: str) -> tuple[int, ...]:
    """Read ``1,16,256`` as whole numbers.

    Raises
    ------
    typer.BadParameter
        If one is no whole number above zero, or stands there twice.
    """
    parts = [part.strip() for part in text.split(",")]
    if not all(part.isascii() and part.isdigit() and int(part) for part in parts):
        raise typer.BadParameter(f"{text!r} is no list of numbers: write it like 1,16,256")
    numbers = tuple(map(int, parts))
    if len(set(numbers)) != len(numbers):
        raise typer.BadParameter(f"{text!r} names a number twice")
    return numbers


def named_sizes(texts: Sequence[str]) -> dict[str, int]:
    """Read ``sequence=128`` as the size of a dimension.

    Raises
    ------
    typer.BadParameter
        If it has no name, or no whole number above zero.
    """
    sizes = {}
    for text in texts:
        name, _, number = (part.strip() for part in text.rpartition("="))
        if not (name and number.isascii() and number.isdigit() and int(number)):
            raise typer.BadParameter(f"{text!r} is no size: write it like sequence=128")
        sizes[name] = int(number)
    return sizes
