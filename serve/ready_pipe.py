"""How a parent process learns that its server is ready, and where."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Sequence

from contract.errors import ServingError

_OPTION = "--ready-fd"


def require_writable(ready_fd: int) -> None:
    """Check, before any work, that the descriptor was inherited and can be written to.

    Raises
    ------
    ServingError
        If it is not open, or open for reading only.
    """
    try:
        mode = fcntl.fcntl(ready_fd, fcntl.F_GETFL) & os.O_ACCMODE
    except OSError as error:
        raise ServingError(
            f"file descriptor {ready_fd} is not open",
            where=_OPTION,
            remedy="pass a pipe's writing end on to the server",
        ) from error
    if mode == os.O_RDONLY:
        raise ServingError(f"file descriptor {ready_fd} cannot be written to", where=_OPTION)


def tell_ready(ready_fd: int, host: str, port: int, models: Sequence[str]) -> None:
    """Write one JSON line and close the descriptor.

    Parameters
    ----------
    ready_fd : int
        The descriptor.
    host : str
        The address that is listened on.
    port : int
        The port.
    models : sequence of str
        The names of the models, in the order in which they were loaded.

    Raises
    ------
    ServingError
        If nobody reads any more.
    """
    facts = {"host": host, "port": port, "pid": os.getpid(), "models": list(models)}
    try:
        with os.fdopen(ready_fd, "w", encoding="utf-8") as pipe:
            pipe.write(json.dumps(facts) + "\n")
    except OSError as error:
        raise ServingError(
            f"cannot tell that the server is ready: {error.strerror or error}", where=_OPTION
        ) from error
