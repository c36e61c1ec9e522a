"""The server's life: listen, load, answer, drain, end."""

from __future__ import annotations

import asyncio
import signal
import socket
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType

import uvicorn

from serve.application import create_application
from serve.listening_socket import open_listening_socket, url_host
from serve.loading import load_models
from serve.ready_pipe import require_writable, tell_ready
from serve.repository import ModelFile, find_models
from serve.served_models import ServedModels
from serve.settings import ServerSettings

# Longer than the 60 s after which common proxies and clients drop an idle connection: were
# ours the shorter time, they would send into connections that are being closed.
_KEEP_ALIVE_SECONDS = 75
_DRAIN_SECONDS = 5

Say = Callable[[str], None]


class DrainingServer(uvicorn.Server):
    """A uvicorn server that is not ready from the moment it is told to end.

    Parameters
    ----------
    config : uvicorn.Config
        Its configuration.
    served : ServedModels
        The models, which are no longer ready once it drains.
    """

    def __init__(self, config: uvicorn.Config, served: ServedModels) -> None:
        super().__init__(config)
        self._served = served

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """Take a signal to end."""
        self._served.drain()
        super().handle_exit(sig, frame)


def run_server(settings: ServerSettings, say: Say) -> None:
    """Serve until a signal ends it.

    Parameters
    ----------
    settings : ServerSettings
        What to serve.
    say : callable
        Is told, line by line, what is served and where.

    Raises
    ------
    ArtifactError
        If the repository or a model in it cannot be used.
    ServingError
        If the address or the descriptor of the settings cannot be used.
    """
    if settings.ready_fd is not None:
        require_writable(settings.ready_fd)
    files = find_models(settings.repository, settings.models)
    with open_listening_socket(settings.host, settings.port) as listening:
        served = ServedModels()
        server = DrainingServer(_config(served), served)
        loading = _Loading(files, settings, served, listening.getsockname()[:2], say)
        # uvicorn raises a signal it has obeyed once more when it is done. SIGTERM asked for
        # just this end, so it shall find this harmless handler and the exit status be 0.
        before = signal.signal(signal.SIGTERM, server.handle_exit)
        try:
            with asyncio.Runner(loop_factory=server.config.get_loop_factory()) as runner:
                runner.run(_serve(server, loading, listening))
        finally:
            signal.signal(signal.SIGTERM, before)


def _config(served: ServedModels) -> uvicorn.Config:
    return uvicorn.Config(
        create_application(served),
        loop="uvloop",
        http="httptools",
        ws="none",
        lifespan="off",
        access_log=False,
        log_level="warning",
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=_KEEP_ALIVE_SECONDS,
        timeout_graceful_shutdown=_DRAIN_SECONDS,
    )


@dataclass(frozen=True, slots=True)
class _Loading:
    """Loads the models and tells everybody."""

    files: tuple[ModelFile, ...]
    settings: ServerSettings
    served: ServedModels
    address: tuple[str, int]
    say: Say

    async def run(self) -> None:
        host, port = self.address
        settings = self.settings
        files = "1 model file" if len(self.files) == 1 else f"{len(self.files)} model files"
        self.say(f"loading {files} from {settings.repository}")
        await load_models(self.files, settings, self.served)
        names = tuple(dict.fromkeys(file.name for file in self.files))
        for name in names:
            versions = ", ".join(file.version for file in self.files if file.name == name)
            self.say(f"  {name}  version {versions}")
        threads = "1 thread" if settings.threads == 1 else f"{settings.threads} threads"
        self.say(f"ready on http://{url_host(host)}:{port}, {threads} for an inference")
        if settings.ready_fd is not None:
            tell_ready(settings.ready_fd, host, port, names)


async def _serve(server: DrainingServer, loading: _Loading, listening: socket.socket) -> None:
    """Answer from the start, load meanwhile; a failure to load ends the server."""

    def end_if_failed(task: asyncio.Task[None]) -> None:
        if not task.cancelled() and task.exception() is not None:
            server.should_exit = True

    task = asyncio.create_task(loading.run())
    task.add_done_callback(end_if_failed)
    try:
        await server.serve(sockets=[listening])
    finally:
        task.cancel()
    if task.done() and not task.cancelled():
        task.result()
