"""What one server is started with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True, kw_only=True)
class ServerSettings:
    """What to serve, where, and how.

    Attributes
    ----------
    repository : Path
        The model repository, ``<repository>/<model>/<version>/model.onnx``.
    host : str
        The address to listen on.
    port : int
        The port; 0 for any that is free.
    models : tuple of str or None
        The models to load, in this order; None for all of the repository, sorted by name.
    sacrificial_session : bool
        Whether a session of the first model is loaded, run and thrown away before the
        models are loaded. The first session of a process is the slow one: without it the
        arm that is loaded first would be.
    threads : int
        Threads of ONNX Runtime for one inference.
    ready_fd : int or None
        The file descriptor that is told when the server is ready; see `serve.command`.
    """

    repository: Path
    host: str = "127.0.0.1"
    port: int = 8000
    models: tuple[str, ...] | None = None
    sacrificial_session: bool = False
    threads: int = 1
    ready_fd: int | None = None
