"""How a generator that is already there learns where the server is."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from contract.errors import LoadTestError


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where a server listens, and its process.

    Attributes
    ----------
    base_url : str
        Such as ``http://127.0.0.1:8000``.
    pid : int
        The process that answers.
    """

    base_url: str
    pid: int


class AddressPipe:
    """A pipe from the campaign to a generator; as a context manager both ends are closed.

    Attributes
    ----------
    reading : int
        The file descriptor that the generator inherits.
    """

    def __init__(self) -> None:
        self.reading, self._writing = os.pipe()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        os.close(self.reading)
        os.close(self._writing)

    def tell(self, base_url: str, pid: int) -> None:
        """Hand on the address; the generator begins."""
        os.write(self._writing, json.dumps([base_url, pid]).encode() + b"\n")


def await_address(reading: int) -> ServerAddress:
    """Wait in the generator until the server is ready.

    Parameters
    ----------
    reading : int
        The inherited end of the pipe.

    Raises
    ------
    LoadTestError
        If the pipe ends without an address: the campaign was given up.
    """
    with os.fdopen(reading, "rb") as pipe:
        line = pipe.readline()
    if not line:
        raise LoadTestError("no server came up to be loaded")
    base_url, pid = json.loads(line)
    return ServerAddress(base_url, pid)
