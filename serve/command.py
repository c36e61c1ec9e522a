"""``perbillion serve``: the models of a repository over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from serve.limits import MIB, Limits
from serve.models.execution import Execution

_SECURITY = "Who may come in"
_LIMITS = "Limits"
_THREADS = "Threads and processes"
_DEFAULT = Limits()


def serve_command(  # noqa: PLR0913 - one parameter an option
    repository: Annotated[
        Path, typer.Argument(metavar="REPO", help="The folder <model>/<version>/model.onnx.")
    ],
    *,
    host: Annotated[
        str,
        typer.Option(
            help="The address to listen on; beyond this machine only with API keys.",
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port; 0 for any that is free.")
    ] = 8000,
    models: Annotated[
        str | None,
        typer.Option(
            metavar="A,B,C", help="Only these, loaded in this order; else all, sorted by name."
        ),
    ] = None,
    model_control: Annotated[
        bool, typer.Option("--model-control", help="Let clients load and unload models.")
    ] = False,
    access_log: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="Note each answer there, as JSON; - for the output."),
    ] = None,
    workers: Annotated[
        int, typer.Option(min=1, max=64, help="Processes on the port.", rich_help_panel=_THREADS)
    ] = 1,
    threads: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Threads for one inference; else the cores that the CPU quota leaves each worker.",
            rich_help_panel=_THREADS,
        ),
    ] = None,
    execution: Annotated[
        Execution,
        typer.Option(
            help="Where inferences run; auto: on the event loop where warm-up expects less than "
            "1 ms, else in a thread.",
            rich_help_panel=_THREADS,
        ),
    ] = Execution.AUTO,
    api_keys: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE",
            help="API keys, one a line; others come from PERBILLION_API_KEYS, with commas.",
            rich_help_panel=_SECURITY,
        ),
    ] = None,
    insecure: Annotated[
        bool,
        typer.Option(
            "--insecure",
            help="Listen beyond this machine without API keys.",
            rich_help_panel=_SECURITY,
        ),
    ] = False,
    allowed_host: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME",
            help="A name that clients may call the server by (repeatable); * for any.",
            rich_help_panel=_SECURITY,
        ),
    ] = None,
    max_in_flight: Annotated[
        int,
        typer.Option(min=1, help="Requests in flight; beyond: 503.", rich_help_panel=_LIMITS),
    ] = _DEFAULT.max_in_flight,
    max_connections: Annotated[
        int,
        typer.Option(min=1, help="Connections of a worker; beyond: 503.", rich_help_panel=_LIMITS),
    ] = _DEFAULT.max_connections,
    max_body_mib: Annotated[
        int, typer.Option(min=1, help="MiB of a body; beyond: 413.", rich_help_panel=_LIMITS)
    ] = _DEFAULT.max_body_bytes // MIB,
    max_rows: Annotated[
        int, typer.Option(min=1, help="Rows of a request; beyond: 413.", rich_help_panel=_LIMITS)
    ] = _DEFAULT.max_rows,
    queue_deadline_ms: Annotated[
        int,
        typer.Option(
            min=1, help="Waiting for a thread, in ms; beyond: 504.", rich_help_panel=_LIMITS
        ),
    ] = _DEFAULT.queue_deadline_ms,
    header_seconds: Annotated[
        float,
        typer.Option(
            min=0.1, help="For a request's headers; beyond: 408.", rich_help_panel=_LIMITS
        ),
    ] = _DEFAULT.header_seconds,
    body_seconds: Annotated[
        float,
        typer.Option(
            min=0.1, help="For each 16 MiB of a body; beyond: 408.", rich_help_panel=_LIMITS
        ),
    ] = _DEFAULT.body_seconds,
    drain_seconds: Annotated[
        float,
        typer.Option(
            min=0, help="For requests in flight when it is told to end.", rich_help_panel=_LIMITS
        ),
    ] = _DEFAULT.drain_seconds,
    sacrificial_session: Annotated[
        bool,
        typer.Option(
            "--sacrificial-session",
            help="First load, run and discard a session, so that no measured model is the "
            "process's first.",
        ),
    ] = False,
    ready_fd: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=3, help="Tell file descriptor N when ready, with one JSON line."
        ),
    ] = None,
) -> None:
    """Serve a model repository by the Open Inference Protocol v2 (REST).

    The address is taken at once; GET /v2/health/ready answers 503 until every model is loaded
    and warm. A model that cannot be loaded ends the server with exit code 2, a port in use with
    exit code 1. SIGTERM ends it in order, with exit code 0.

    --ready-fd N is for a parent process that passes the writing end of a pipe on. When every
    model is warm, the server writes one line {"host": ..., "port": ..., "pid": ...,
    "models": [...]} to descriptor N (port: the one it got, if --port 0 was given; models: in the
    order in which they were loaded), and closes it. End of file without a line: the server died.
    """
    from contract.environment import usable_cores  # noqa: PLC0415 - where it is needed
    from serve.server import run_server  # noqa: PLC0415 - needs the extra [serve]
    from serve.settings import ServerSettings  # noqa: PLC0415

    cores = max(1, usable_cores() // workers)
    settings = ServerSettings(
        repository=repository,
        host=host,
        port=port,
        models=None if models is None else tuple(name.strip() for name in models.split(",")),
        sacrificial_session=sacrificial_session,
        threads=threads or cores,
        pool_threads=cores,
        execution=execution,
        workers=workers,
        model_control=model_control,
        limits=Limits(
            max_in_flight=max_in_flight,
            max_connections=max_connections,
            max_body_bytes=max_body_mib * MIB,
            max_rows=max_rows,
            queue_deadline_ms=queue_deadline_ms,
            header_seconds=header_seconds,
            body_seconds=body_seconds,
            drain_seconds=drain_seconds,
        ),
        access_log=access_log,
        api_keys_file=api_keys,
        insecure=insecure,
        allowed_hosts=tuple(allowed_host or ()),
        ready_fd=ready_fd,
    )
    run_server(settings, typer.echo)
