"""The server: what is checked before it starts, and which kind of it starts."""

from __future__ import annotations

import os
from collections.abc import Callable

from serve.access.access import AccessRules
from serve.access.api_keys import read_api_keys
from serve.access.exposure import ListeningAddress, require_permission
from serve.http.listening_socket import open_listening_sockets
from serve.models.repository import find_models
from serve.ready_pipe import require_writable
from serve.server_plan import ServerPlan
from serve.settings import ServerSettings


def run_server(settings: ServerSettings, say: Callable[[str], None]) -> None:
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
        If the address, the keys or the descriptor of the settings cannot be used, or its
        workers die again and again.
    """
    if settings.ready_fd is not None:
        require_writable(settings.ready_fd)
    keys = read_api_keys(settings.api_keys_file, os.environ, say)
    require_permission(settings.host, has_keys=keys is not None, insecure=settings.insecure)
    files = find_models(settings.repository, settings.models)
    with open_listening_sockets(settings.host, settings.port, settings.workers) as listening:
        address, port = listening[0].getsockname()[:2]
        where = ListeningAddress(settings.host, address, port)
        access = AccessRules(where, settings.allowed_hosts, keys)
        plan = ServerPlan(settings, access, where, files)
        # Each imports what it needs: a supervisor answers nothing, and stays small.
        if settings.workers == 1:
            from serve.lone_server import serve_alone  # noqa: PLC0415

            serve_alone(plan, listening[0], say)
        else:
            from serve.workers.supervisor import supervise  # noqa: PLC0415

            supervise(plan, listening, say)
