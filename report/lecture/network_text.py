"""How networks are told."""

from __future__ import annotations

from collections.abc import Sequence

from contract.architecture import Architecture


def drop_text(architecture: Architecture) -> str:
    """Write ``p = 0.5``, or ``p = 0.2 and 0.5`` where layers differ."""
    probabilities = dict.fromkeys(architecture.drop_probabilities)
    return f"p = {' and '.join(f'{p:g}' for p in probabilities)}"


def widths_text(architecture: Architecture) -> str:
    """Write ``784-75-45-10``."""
    return "-".join(map(str, architecture.layer_widths))


def listed(things: Sequence[object]) -> str:
    """Write ``123, 1 and 2``."""
    *earlier, last = map(str, things)
    return f"{', '.join(earlier)} and {last}" if earlier else last
