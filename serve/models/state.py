"""What a server is doing."""

from __future__ import annotations

from enum import IntEnum


class State(IntEnum):
    """What the server is doing; all of its workers together."""

    LOADING = 0
    READY = 1
    DRAINING = 2
