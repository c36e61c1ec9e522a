"""A contender: a server, how it is started, and what it is asked."""

from __future__ import annotations

import http.client
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.peers.codec import Codec, check_answer
from benchmarks.peers.example_model import ExampleModel, Rows
from benchmarks.peers.http_exchange import HttpRequest, ask
from benchmarks.peers.peer_environment import PeerEnvironment, own_version
from benchmarks.peers.pinned_process import PinnedCommand, PinnedProcess
from benchmarks.peers.workbench import Workbench, free_port
from contract.errors import ServingError

_READY_SECONDS = 90.0
_LOOK_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Serving:
    """What a server is started for.

    Attributes
    ----------
    bench : Workbench
        The cores.
    repository : Path
        ``<repository>/<model>/1/model.onnx``.
    model : ExampleModel
        The model that is asked.
    folder : Path
        The server's working directory, empty.
    port : int
        Where it shall listen, on the loopback interface.
    """

    bench: Workbench
    repository: Path
    model: ExampleModel
    folder: Path
    port: int

    @property
    def model_file(self) -> Path:
        """The ONNX file."""
        return self.repository / self.model.name / "1" / "model.onnx"

    def command(
        self, arguments: list[str], variables: dict[str, str] | None = None
    ) -> PinnedCommand:
        """Return a command that runs on the server's core, in the server's folder."""
        return PinnedCommand(
            arguments=arguments,
            core=self.bench.server_core,
            folder=self.folder,
            log=self.folder.with_name(f"{self.folder.name}.log"),
            variables={"PEER_ONNX_FILE": str(self.model_file), **(variables or {})},
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Contender:
    """A server and the form in which it is asked.

    Attributes
    ----------
    name : str
        For the command line and the results.
    label : str
        For readers, without the version.
    codec : Codec
        How rows travel.
    path : str
        Where requests go.
    start : callable
        Makes the command that starts it.
    package : str
        The distribution whose version stands beside the label.
    environment : PeerEnvironment or None
        Where it is installed; None: this project's own environment.
    """

    name: str
    label: str
    codec: Codec
    path: str
    start: Callable[[Serving], PinnedCommand]
    package: str
    environment: PeerEnvironment | None = None

    @property
    def version(self) -> str:
        """The version of its package."""
        if self.environment is None:
            return own_version(self.package)
        return self.environment.version(self.package)

    def install(self) -> None:
        """Install it where it has an environment of its own."""
        if self.environment is not None:
            self.environment.install()

    def request(self, rows: Rows) -> HttpRequest:
        """Return the request that asks it for these rows."""
        return self.codec.write(self.path, rows)


@dataclass(frozen=True, slots=True)
class RunningContender:
    """A contender that has given the right answer."""

    process: PinnedProcess
    port: int


@contextmanager
def running(
    contender: Contender, serving: Serving, rows: Rows, right: Rows
) -> Iterator[RunningContender]:
    """Start a contender, wait for its first right answer, and stop it in the end.

    Parameters
    ----------
    contender : Contender
        Who.
    serving : Serving
        What for.
    rows, right : float32 array
        What it is asked, and ONNX Runtime's own answer.

    Raises
    ------
    ServingError
        If it ends, or does not answer in time.
    LoadTestError
        If it answers something else.
    """
    with PinnedProcess(contender.start(serving)) as process:
        _wait_for_answer(contender, process, serving.port, contender.request(rows), right)
        yield RunningContender(process, serving.port)


def new_serving(
    bench: Workbench, repository: Path, model: ExampleModel, name: str = "server"
) -> Serving:
    """Return what one start needs, with an empty folder and a free port."""
    return Serving(bench, repository, model, bench.folder(name), free_port())


def _wait_for_answer(
    contender: Contender, process: PinnedProcess, port: int, request: HttpRequest, right: Rows
) -> None:
    give_up = time.monotonic() + _READY_SECONDS
    while True:
        process.require_alive()
        try:
            answer = ask(port, request)
        except (OSError, http.client.HTTPException) as error:
            trouble = f"does not answer: {error}"
        else:
            if answer.status == 200:
                check_answer(contender.codec, answer, right)
                return
            trouble = f"answers status {answer.status}: {answer.body[:200]!r}"
        if time.monotonic() > give_up:
            raise ServingError(f"not ready within {_READY_SECONDS:.0f} s: {trouble}")
        time.sleep(_LOOK_SECONDS)
