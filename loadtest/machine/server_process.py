"""A server of ours, started as a process of its own and waited for until it is ready."""

from __future__ import annotations

import json
import os
import select
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path

from contract.errors import ServingError
from loadtest.machine.child_process import ChildCommand, ChildProcess

_READY_SECONDS = 60.0


@dataclass(frozen=True, slots=True)
class ServerCommand:
    """What to serve and how.

    Attributes
    ----------
    repository : Path
        The model repository.
    models : tuple of str
        The models to load, in this order.
    log : Path
        Where the server's output goes.
    core : int or None
        The core it is pinned to.
    threads : int
        Of every model's session.
    port : int
        The port; 0 for any that is free.
    realtime : bool
        Whether it shall have a real-time priority, where that is allowed.
    module : str
        The module to run; it takes the options of ``serve``.
    """

    repository: Path
    models: tuple[str, ...]
    log: Path
    core: int | None = None
    threads: int = 1
    port: int = 0
    realtime: bool = False
    module: str = "serve"


class ServerProcess(ChildProcess):
    """A server that is ready; as a context manager it is stopped when the block is left.

    The server tells that it is ready through a pipe it inherits: one JSON line with its
    address. The pipe's end without a line means that it died.

    Attributes
    ----------
    base_url : str
        Where it listens, such as ``http://127.0.0.1:8000``.

    Raises
    ------
    ServingError
        If it dies during its start, with its last lines, or is not ready in time.
    """

    def __init__(self, command: ServerCommand) -> None:
        reading, writing = os.pipe()
        with os.fdopen(reading, "rb") as pipe:
            try:
                super().__init__(_child_command(command, writing))
            finally:
                os.close(writing)
            try:
                address = self._wait_until_ready(pipe)
            except BaseException:
                self.stop()
                raise
        self.base_url = f"http://{address['host']}:{address['port']}"

    def require_alive(self) -> None:
        """Check that the server still runs.

        Raises
        ------
        ServingError
            With the server's last lines, if it died.
        """
        if self.returncode is not None:
            raise ServingError(
                f"the server died with exit status {self.returncode}; "
                f"its last lines: {self.last_lines()}"
            )

    def _wait_until_ready(self, pipe: BufferedReader) -> dict[str, str]:
        ready, _, _ = select.select([pipe], [], [], _READY_SECONDS)
        line = pipe.readline() if ready else b""
        if line:
            address: dict[str, str] = json.loads(line)
            return address
        if not ready:
            raise ServingError(f"the server was not ready within {_READY_SECONDS:.0f} s")
        status = self.wait(_READY_SECONDS)
        raise ServingError(
            f"the server died during its start with exit status {status}; "
            f"its last lines: {self.last_lines()}"
        )


def _child_command(command: ServerCommand, writing: int) -> ChildCommand:
    return ChildCommand(
        module=command.module,
        arguments=(
            str(command.repository),
            "--port",
            str(command.port),
            "--models",
            ",".join(command.models),
            "--sacrificial-session",
            # One way for every request of every arm, and no thread beside those of the session.
            "--execution",
            "event-loop",
            "--threads",
            str(command.threads),
            "--ready-fd",
            str(writing),
        ),
        folder=command.repository,
        log=command.log,
        core=command.core,
        inherited_fds=(writing,),
        realtime=command.realtime,
    )
