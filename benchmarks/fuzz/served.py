"""The server that is asked: a process of its own, and what can be seen of it from outside."""

from __future__ import annotations

import json
import os
import select
from pathlib import Path

import psutil

from contract.errors import ServingError
from loadtest.machine.child_process import ChildCommand, ChildProcess

_READY_SECONDS = 60.0
# Far below what a patient client is given, so that a request that does not go on is cut off
# soon; one thread for an inference, as the sessions that answers are compared with have.
_OPTIONS = ("--port", "0", "--threads", "1", "--header-seconds", "2", "--body-seconds", "2")


class FuzzedServer(ChildProcess):
    """A server of a repository that is ready; stopped when the block is left.

    Parameters
    ----------
    repository : Path
        What it serves.
    log : Path
        Where its output goes.

    Raises
    ------
    ServingError
        If it does not become ready.
    """

    def __init__(self, repository: Path, log: Path) -> None:
        self._log_file = log
        reading, writing = os.pipe()
        with os.fdopen(reading, "rb") as pipe:
            try:
                arguments = (str(repository), *_OPTIONS, "--ready-fd", str(writing))
                super().__init__(
                    ChildCommand("serve", arguments, repository, log, inherited_fds=(writing,))
                )
            finally:
                os.close(writing)
            ready, _, _ = select.select([pipe], [], [], _READY_SECONDS)
            line = pipe.readline() if ready else b""
        if not line:
            self.stop()
            raise ServingError(f"the server did not become ready: {self.last_lines()}")
        self.port: int = json.loads(line)["port"]
        self._observed = psutil.Process(self.pid)
        self._read = log.stat().st_size

    def resident_bytes(self) -> int:
        """Return its resident memory."""
        return int(self._observed.memory_info().rss)

    def open_files(self) -> int:
        """Return how many descriptors it has open, connections included."""
        return int(self._observed.num_fds())

    def threads(self) -> int:
        """Return how many threads it has."""
        return int(self._observed.num_threads())

    def complaints(self) -> str:
        """Return what it has said since this was asked last: of requests, it should say nothing."""
        size = self._log_file.stat().st_size
        if size == self._read:
            return ""
        with self._log_file.open("rb") as log:
            log.seek(self._read)
            said = log.read()
        self._read += len(said)
        return said.decode(errors="replace")
