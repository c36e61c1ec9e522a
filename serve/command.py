"""``perbillion serve``: the models of a repository over HTTP."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def serve_command(  # noqa: PLR0913 - one parameter an option
    repository: Annotated[
        Path, typer.Argument(metavar="REPO", help="The folder <model>/<version>/model.onnx.")
    ],
    *,
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[
        int, typer.Option(min=0, max=65535, help="The port; 0 for any that is free.")
    ] = 8000,
    models: Annotated[
        str | None,
        typer.Option(
            metavar="A,B,C", help="Only these, loaded in this order; else all, sorted by name."
        ),
    ] = None,
    sacrificial_session: Annotated[
        bool,
        typer.Option(
            "--sacrificial-session",
            help="First load, run and discard a session, so that no measured model is the "
            "process's first.",
        ),
    ] = False,
    threads: Annotated[int, typer.Option(min=1, help="Threads for one inference.")] = 1,
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
    from serve.server import run_server  # noqa: PLC0415 - needs the extra [serve]
    from serve.settings import ServerSettings  # noqa: PLC0415

    settings = ServerSettings(
        repository=repository,
        host=host,
        port=port,
        models=None if models is None else tuple(name.strip() for name in models.split(",")),
        sacrificial_session=sacrificial_session,
        threads=threads,
        ready_fd=ready_fd,
    )
    run_server(settings, typer.echo)
