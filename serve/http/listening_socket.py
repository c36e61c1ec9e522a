"""The sockets a server listens on, opened before anything else is done."""

from __future__ import annotations

import errno
import socket
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from contract.errors import ServingError

_BACKLOG = 2048


def open_listening_socket(host: str, port: int) -> socket.socket:
    """Listen on an address.

    It listens at once and not when the models are loaded, so that a port in use is told
    before any work, and another server cannot take the port meanwhile.

    Parameters
    ----------
    host : str
        A name or address of this machine, IPv4 or IPv6.
    port : int
        The port; 0 for any that is free.

    Raises
    ------
    ServingError
        If the address cannot be listened on.
    """
    where = url_host(host) + f":{port}"
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
        listening = socket.socket(family, kind, protocol)
    except OSError as error:
        raise _cannot_listen(error, where) from error
    try:
        # Connections of a server that just ended would otherwise hold the port for a minute.
        listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listening.bind(address)
        listening.listen(_BACKLOG)
    except OSError as error:
        listening.close()
        raise _cannot_listen(error, where) from error
    return listening


@contextmanager
def open_listening_sockets(host: str, port: int, count: int) -> Iterator[tuple[socket.socket, ...]]:
    """Listen on one address with several sockets; the kernel deals connections out to them.

    The first is opened like the only one of a server, so that a port in use is told; it lets
    the others, and only sockets of this user, join it afterwards. All are closed in the end.

    Parameters
    ----------
    host, port
        As for `open_listening_socket`; with port 0 all get the one that is free.
    count : int
        How many; at least one.

    Raises
    ------
    ServingError
        If the address cannot be listened on.
    """
    with ExitStack() as opened:
        first = opened.enter_context(open_listening_socket(host, port))
        if count > 1:
            first.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        others = [opened.enter_context(_joining(first, host)) for _ in range(count - 1)]
        yield (first, *others)


def url_host(host: str) -> str:
    """Return a host as it stands in a URL."""
    return f"[{host}]" if ":" in host else host


def _joining(first: socket.socket, host: str) -> socket.socket:
    address = first.getsockname()
    joining = socket.socket(first.family, first.type, first.proto)
    try:
        joining.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        joining.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        joining.bind(address)
        joining.listen(_BACKLOG)
    except OSError as error:
        joining.close()
        raise _cannot_listen(error, f"{url_host(host)}:{address[1]}") from error
    return joining


def _cannot_listen(error: OSError, where: str) -> ServingError:
    if error.errno == errno.EADDRINUSE:
        return ServingError(
            "the port is in use",
            where=where,
            remedy="choose another with --port, or any that is free with --port 0",
        )
    return ServingError(
        f"cannot listen: {error.strerror or error}",
        where=where,
        remedy="choose another address with --host and --port",
    )
