"""What one server is started with."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from serve.limits import Limits
from serve.models.execution import Execution


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
    pool_threads : int
        How many inferences may run at once, beside the event loop.
    execution : Execution
        Where inferences run.
    workers : int
        Processes that answer on the one port.
    model_control : bool
        Whether clients may load and unload models.
    limits : Limits
        How much is taken on.
    access_log : str or None
        The file that answers are noted in, ``-`` for the standard output; None: nowhere.
    api_keys_file : Path or None
        A file of API keys, beside those of the environment.
    insecure : bool
        Whether it may listen beyond this machine without API keys.
    allowed_hosts : tuple of str
        Names that clients may call the server by, beside its own.
    ready_fd : int or None
        The file descriptor that is told when the server is ready; see `serve.command`.
    """

    repository: Path
    host: str = "127.0.0.1"
    port: int = 8000
    models: tuple[str, ...] | None = None
    sacrificial_session: bool = False
    threads: int = 1
    pool_threads: int = 1
    execution: Execution = Execution.AUTO
    workers: int = 1
    model_control: bool = False
    limits: Limits = field(default_factory=Limits)
    access_log: str | None = None
    api_keys_file: Path | None = None
    insecure: bool = False
    allowed_hosts: tuple[str, ...] = ()
    ready_fd: int | None = None
